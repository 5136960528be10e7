export function template(context: {
  resolveVariable: (name: string) => Promise<unknown>;
}): Promise<{ Resources: Record<string, object>; Outputs?: Record<string, object> }>;
