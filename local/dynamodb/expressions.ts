/**
 * Makes dynalite parse each expression only once. Parsing was a third of the cost of an UpdateItem, and a counter's
 * expression is the same text for millions of items: only the values differ. A parsed expression holds its values by
 * reference, so a later request gets a copy with its own values in their positions.
 */
import conditionParser from "dynalite/db/conditionParser.js";
import updateParser, { type ExpressionContext } from "dynalite/db/updateParser.js";

type Parsed = {
  tree: unknown;
  placeholders: { name: string; placeholder: object }[];
  usedNames: string[];
  usedValues: string[];
};

const maxRemembered = 500;
/** Expressions in which the values themselves are checked, not only their types, are parsed every time. */
const dependsOnValues = /between|attribute_type/i;
let installed = false;

/** Wraps dynalite's parsers, once per process. */
export function rememberExpressions(): void {
  if (installed) return;
  installed = true;
  for (const parser of [updateParser, conditionParser]) {
    const parse = parser.parse.bind(parser);
    const remembered = new Map<string, Parsed>();
    parser.parse = (text, options) =>
      dependsOnValues.test(text)
        ? parse(text, options)
        : parseOnce(remembered, text, options.context, () => parse(text, options));
  }
}

function parseOnce(remembered: Map<string, Parsed>, text: string, context: ExpressionContext, parse: () => unknown) {
  const key = expressionKey(text, context);
  const known = remembered.get(key);
  if (known) return useAgain(known, context);
  const before = { names: Object.keys(context.unusedAttrNames), values: Object.keys(context.unusedAttrVals) };
  const tree = parse();
  const values = Object.entries(context.attrVals ?? {}).map(([name, value]) => ({ name, value, placeholder: {} }));
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(key, {
    // A copy, because the action that runs the expression changes its tree; and without the values, which may be large.
    tree: copyWith(new Map(values.map(({ value, placeholder }) => [value, placeholder])), tree),
    placeholders: values.map(({ name, placeholder }) => ({ name, placeholder })),
    usedNames: before.names.filter((name) => !(name in context.unusedAttrNames)),
    usedValues: before.values.filter((name) => !(name in context.unusedAttrVals)),
  });
  return tree;
}

/**
 * Equal for expressions that parse to the same tree: it contains the text, the meaning of its names, and the types of
 * its values.
 */
function expressionKey(text: string, { attrNames = {}, attrVals = {}, ...unused }: ExpressionContext): string {
  const types = Object.entries(attrVals).map(([name, value]) => [name, Object.keys(value).join()]);
  // Names used by an earlier expression of the same request are no longer in the list of unused names.
  return JSON.stringify([
    text,
    attrNames,
    types,
    Object.keys(unused.unusedAttrNames),
    Object.keys(unused.unusedAttrVals),
  ]);
}

function useAgain(known: Parsed, context: ExpressionContext): unknown {
  for (const name of known.usedNames) delete context.unusedAttrNames[name];
  const replaced = new Map<object, object>();
  for (const { name, placeholder } of known.placeholders)
    replaced.set(placeholder, context.attrVals?.[name] ?? placeholder);
  for (const name of known.usedValues) delete context.unusedAttrVals[name];
  return copyWith(replaced, known.tree);
}

function copyWith(replaced: Map<object, object>, node: unknown): unknown {
  if (typeof node !== "object" || node === null) return node;
  const replacement = replaced.get(node);
  if (replacement) return replacement;
  if (Array.isArray(node)) return node.map((child) => copyWith(replaced, child));
  const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(node));
  for (const [key, child] of Object.entries(node)) copy[key] = copyWith(replaced, child);
  return copy;
}
