/**
 * The compiled template of a stage, with helpers to look into it. Packaged once per content (local/package-stage.ts).
 */
import { resolve } from "node:path";
import { packageStage } from "../../local/package-stage.ts";

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation is untyped here; the tests say what they expect of it
export type Properties = any;
export type CompiledResource = {
  id: string;
  Type: string;
  Properties: Properties;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};
export type CompiledTemplate = {
  stage: string;
  folder: string;
  all: CompiledResource[];
  of: (type: string) => CompiledResource[];
  one: (id: string) => CompiledResource;
  outputs: Record<string, unknown>;
};

/** The parameters that stage `prod` requires; it has defaults for all others. */
const told: Record<string, Record<string, string>> = { prod: { alarmEmail: "alarms@example.com" } };

/** Packages `stage` without this machine's AWS settings, as on a machine without any. */
export async function compiledTemplate(stage: string, params = told[stage] ?? {}): Promise<CompiledTemplate> {
  const root = resolve(import.meta.dirname, "../..");
  const { template, folder } = await packageStage(stage, { root, env: {}, params });
  const { Resources, Outputs } = template as {
    Resources: Record<string, CompiledResource>;
    Outputs: Record<string, unknown>;
  };
  const all = Object.entries(Resources).map(([id, resource]) => ({ ...resource, id }));
  return {
    stage,
    folder,
    all,
    of: (type) => all.filter((resource) => resource.Type === type),
    one: (id) => {
      const found = all.find((resource) => resource.id === id);
      if (!found) throw new Error(`Cannot find ${id} in the template of stage ${stage}`);
      return found;
    },
    outputs: Outputs,
  };
}

/** A value of the template as text, with references as `<Id>` or `<Id.Attribute>`. */
export function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (name === "Ref") return `<${argument}>`;
  if (name === "Fn::GetAtt") return `<${[argument].flat().join(".")}>`;
  if (name === "Fn::Sub") return asText(argument).replace(/\$\{([^!}]+)\}/g, "<$1>");
  if (name === "Fn::Join") return argument[1].map(asText).join(argument[0]);
  return JSON.stringify(value);
}
