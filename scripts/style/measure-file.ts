/**
 * The figures of one file, read from its syntax tree. TypeScript 7 offers no API to read one; oxc-parser does, and also
 * reads JavaScript. https://oxc.rs/docs/guide/usage/parser
 */
import { type Comment, parseSync, Visitor } from "oxc-parser";

export type FileFigures = {
  /** Non-blank lines, including comments. */
  lines: number;
  commentLines: number;
  /** Lines of each named function. A function that is passed inline counts as part of the function around it. */
  functions: number[];
  anys: number;
  casts: number;
  nonNulls: number;
  /** What the file imports at run time, so without type imports. */
  imports: string[];
  /** Its lines without comments, imports and blank lines, for the search for duplicates. */
  code: string[];
};
type Span = { type: string; start: number; end: number };

const functionTypes = new Set(["ArrowFunctionExpression", "FunctionExpression"]);

export function measureFile(path: string, text: string): FileFigures {
  const { program, comments, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`Cannot read ${path}: ${errors[0]?.message}`);
  const lineOf = lineFinder(text);
  const lines = text.split("\n");
  const commented = commentedLines(comments, lines, lineOf);
  const imported = linesOf(
    program.body.filter(({ type }) => type === "ImportDeclaration"),
    lineOf,
  );
  const kept = lines.map((line, at) => (commented.has(at) || imported.has(at) ? "" : line.trim()));
  return {
    lines: lines.filter((line) => line.trim() !== "").length,
    commentLines: commented.size,
    imports: [
      ...module.staticImports.filter(isValueImport).map(({ moduleRequest }) => moduleRequest.value),
      ...module.staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest, isType }) => (moduleRequest && !isType ? [moduleRequest.value] : [])),
      ),
    ],
    code: kept.filter((line) => line !== ""),
    ...countNodes(program, ({ start, end }) => lineOf(end) - lineOf(start) + 1),
  };
}

function countNodes(program: Parameters<Visitor["visit"]>[0], height: (span: Span) => number) {
  const functions: number[] = [];
  const counts = { anys: 0, casts: 0, nonNulls: 0 };
  const named = (node: Span | null) => {
    if (node && functionTypes.has(node.type)) functions.push(height(node));
  };
  new Visitor({
    FunctionDeclaration: (node) => void functions.push(height(node)),
    MethodDefinition: ({ value }) => named(value),
    PropertyDefinition: ({ value }) => named(value),
    Property: ({ value }) => named(value),
    VariableDeclarator: ({ init }) => named(init),
    AssignmentExpression: ({ right }) => named(right),
    ExportDefaultDeclaration: ({ declaration }) => named(declaration),
    TSAnyKeyword: () => void counts.anys++,
    TSNonNullExpression: () => void counts.nonNulls++,
    TSTypeAssertion: () => void counts.casts++,
    // `as const` asserts nothing that the compiler does not see itself.
    TSAsExpression: ({ typeAnnotation }) => {
      if (!isConst(typeAnnotation)) counts.casts++;
    },
  }).visit(program);
  return { functions, ...counts };
}

function isConst(type: { type: string; typeName?: { type: string; name?: string } }): boolean {
  return type.type === "TSTypeReference" && type.typeName?.name === "const";
}

function isValueImport({ entries }: { entries: { isType: boolean }[] }): boolean {
  return entries.length === 0 || entries.some(({ isType }) => !isType);
}

/** The lines that contain only a comment. */
function commentedLines(comments: Comment[], lines: string[], lineOf: (at: number) => number): Set<number> {
  const alone = comments.filter(({ start }) => /^\s*(\/\/|\/\*|\{\/\*)/.test(lines[lineOf(start)] ?? ""));
  return new Set([...linesOf(alone, lineOf)].filter((at) => lines[at]?.trim() !== ""));
}

function linesOf(spans: { start: number; end: number }[], lineOf: (at: number) => number): Set<number> {
  return new Set(
    spans.flatMap(({ start, end }) => {
      const first = lineOf(start);
      return Array.from({ length: lineOf(end) - first + 1 }, (_, n) => first + n);
    }),
  );
}

function lineFinder(text: string): (at: number) => number {
  const lines = new Uint32Array(text.length + 1);
  for (let at = 0, line = 0; at <= text.length; at++) {
    lines[at] = line;
    if (text[at] === "\n") line++;
  }
  return (at) => lines[at] ?? 0;
}
