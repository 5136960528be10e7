/** An OpenTelemetry Collector, built from Go modules: it reads files, and sends what is in them by OTLP over HTTP. */
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fetched, runTool } from "../../tools/servers/fetched.ts";

// All modules of a release go together; these two lines number theirs apart.
const modules = {
  "go.opentelemetry.io/collector/otelcol": "v0.165.0",
  "go.opentelemetry.io/collector/service": "v0.165.0",
  "go.opentelemetry.io/collector/exporter/otlphttpexporter": "v0.165.0",
  "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver": "v0.165.1",
  "github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage": "v0.165.1",
} as const;

/** The path of its program; undefined where there is no Go of this version to build it with. */
export async function collectorProgram(): Promise<string | undefined> {
  try {
    return join(await fetched("collector-0.165", build), "collector");
  } catch {
    return undefined;
  }
}

async function build(folder: string): Promise<void> {
  await copyFile(join(import.meta.dirname, "collector/main.go"), join(folder, "main.go"));
  await writeFile(join(folder, "go.mod"), "module daymark/collector\n\ngo 1.26\n");
  await runTool("go", ["get", ...Object.entries(modules).map(([name, version]) => `${name}@${version}`)], {
    cwd: folder,
  });
  await runTool("go", ["mod", "tidy"], { cwd: folder });
  await runTool("go", ["build", "-o", "collector", "."], { cwd: folder });
  for (const name of ["main.go", "go.mod", "go.sum"]) await rm(join(folder, name));
}
