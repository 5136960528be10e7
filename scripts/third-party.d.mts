export function describeThirdParties(): Promise<{ notices: string; sbom: string }>;
