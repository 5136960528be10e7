/** docs/sources.md, taken apart into the snippets that its tests run. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pythonPackages } from "../python-packages.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/sources.md"), "utf8");

/** What a snippet is for, by how it begins; whoever runs those of a kind is named in sources.test.ts. */
const kinds = {
  deploy: /^npx serverless deploy /,
  aws: /^aws (secretsmanager|s3api|elasticache) /,
  local: /^export AWS_ENDPOINT_URL=/,
  curl: /^(# |curl )/,
  sql: /^npm run sql /,
  grant: /^(CREATE (ROLE|USER)|ACL SETUSER) /,
  start: /^DAYMARK_SNAPSHOTS=/,
} as const;
export type SnippetKind = keyof typeof kinds;
export type Snippet = { chapter: string; kind: SnippetKind | undefined; text: string };

/** All of them, in the order of the page. A snippet that creates a secret may go on with the deployment that needs it. */
export const snippets: readonly Snippet[] = page.split(/^## /m).flatMap((section) => {
  const chapter = section.split("\n")[0] ?? "";
  return [...section.matchAll(/^```\n(.*?)^```$/gms)].map(([, text = ""]) => ({ chapter, kind: kindOf(text), text }));
});

/** The only snippet of that kind in that chapter. */
export function snippet(chapter: string, kind: SnippetKind): string {
  const [found, ...more] = snippets.filter((one) => one.chapter === chapter && one.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`Cannot find the one ${kind} of "${chapter}"`);
  return found.text;
}

/** The commands of a snippet: a command goes on in lines that begin with blanks. */
export function commandsOf(text: string): string[] {
  return text.trimEnd().split(/\n(?=\S)/);
}

function kindOf(text: string): SnippetKind | undefined {
  const names: SnippetKind[] = ["deploy", "aws", "local", "curl", "sql", "grant", "start"];
  return names.find((name) => kinds[name].test(text));
}

/** AWS's own command line, in `.engines/aws-cli`; a sentence that says why where it cannot be had. */
export const awsCli = () => pythonPackages("aws-cli", ["awscli==1.46.3"]);

/** Runs a command as a shell does; rejects with all of its output if it fails. */
export async function shell(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  return await new Promise((done, fail) => {
    const root = resolve(import.meta.dirname, "../..");
    execFile("bash", ["-c", command], { env, cwd: root, encoding: "utf8" }, (error, stdout, stderr) => {
      if (error) fail(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else done(stdout);
    });
  });
}
