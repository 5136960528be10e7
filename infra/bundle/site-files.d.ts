import type { Plugin } from "esbuild";

export type BuiltFile = {
  kind: "beacon" | "page" | "hashed";
  type: string;
  etag: string;
  text: string;
  inlineScripts?: string[];
};
export function siteFiles(root: string): Promise<Record<string, BuiltFile>>;
export function siteFilesPlugin(): Plugin;
