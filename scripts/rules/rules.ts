/**
 * Rules for every file of `src`: no type has the name of a global type, no two exported types have the same name, no
 * folder is longer than a screen, handlers only wire, `src/aws` only calls the SDK, and Node itself can read it.
 */
import { stripTypeScriptTypes } from "node:module";
import { dirname } from "node:path";
import { parseSync } from "oxc-parser";
import { measureFile } from "../style/measure-file.ts";

export type SourceFile = { path: string; text: string };
type Declared = { name: string; isExported: boolean; path: string };
type Program = ReturnType<typeof parseSync>["program"];

/** "About 15": what fits on a screen together with the folders. */
const MOST_FILES = 17;
const MOST_FUNCTION_LINES = 60;
/** A handler only assembles what it is given. */
const MOST_HANDLER_LINES = 40;

/** One line per violation. */
export function checkRules(files: readonly SourceFile[], globals: ReadonlySet<string>): string[] {
  const types = files.flatMap(({ path, text }) => declaredTypes(path, parseSync(path, text).program));
  return [
    ...types.filter(({ name }) => globals.has(name)).map(({ path, name }) => `${path}: type ${name} hides a global`),
    ...doubled(types.filter(({ isExported }) => isExported)),
    ...fullFolders(files),
    ...longHandlers(files),
    ...files.flatMap(unreadable),
    ...files
      .filter(isNoCaller)
      .map(({ path }) => `${path}: src/aws is for calls of the SDK, and this file imports none`),
  ];
}

/** One line for each function that is too long, wherever it is but in tests. */
export function longFunctions(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    measureFile(path, text)
      .functions.filter((lines) => lines > MOST_FUNCTION_LINES)
      .map((lines) => `${path}: a function of ${lines} lines, of at most ${MOST_FUNCTION_LINES}`),
  );
}

function declaredTypes(path: string, { body }: Program): Declared[] {
  return body.flatMap((node): Declared[] => {
    const isExported = node.type === "ExportNamedDeclaration";
    const declared = isExported ? node.declaration : node;
    if (declared?.type === "TSTypeAliasDeclaration" || declared?.type === "TSInterfaceDeclaration")
      return [{ name: declared.id.name, isExported, path }];
    return declared?.type === "ClassDeclaration" && declared.id ? [{ name: declared.id.name, isExported, path }] : [];
  });
}

function doubled(types: readonly Declared[]): string[] {
  return [...Map.groupBy(types, ({ name }) => name)]
    .filter(([, some]) => some.length > 1)
    .map(([name, some]) => `${some.map(({ path }) => path).join(", ")}: type ${name} is exported by each`);
}

function fullFolders(files: readonly SourceFile[]): string[] {
  return [...Map.groupBy(files, ({ path }) => dirname(path))]
    .filter(([, some]) => some.length > MOST_FILES)
    .map(([folder, some]) => `${folder}: ${some.length} files`);
}

function longHandlers(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.startsWith("src/handlers/"))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > MOST_HANDLER_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines, of at most ${MOST_HANDLER_LINES}`);
}

/** What compilers and bundlers take, and Node does not: it strips types with a parser of its own. */
function unreadable({ path, text }: SourceFile): string[] {
  if (path.endsWith(".tsx")) return [];
  try {
    stripTypeScriptTypes(text);
    return [];
  } catch (error) {
    return [`${path}: Node cannot read it: ${error instanceof Error ? error.message : error}`];
  }
}

function isNoCaller({ path, text }: SourceFile): boolean {
  return path.startsWith("src/aws/") && !/from "@aws-sdk\//.test(text);
}
