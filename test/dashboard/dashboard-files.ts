/** The dashboard's own files among everything that the stack serves. */
import { resolve } from "node:path";
import { siteFiles } from "../../infra/bundle/site-files.js";

const root = resolve(import.meta.dirname, "../..");

export type BuiltFile = Awaited<ReturnType<typeof siteFiles>>[string];

/** By path, as the page refers to them. */
export async function dashboardFiles(): Promise<Map<string, BuiltFile>> {
  const files = Object.entries(await siteFiles(root));
  return new Map(files.filter(([path]) => path === "/" || path.startsWith("/assets/dashboard-")));
}
