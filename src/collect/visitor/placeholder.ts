/**
 * What programs write where they have no id: a variable that was empty, an object that was no text, a template that was
 * not filled in. All visitors without an id would be one visitor of that name.
 */

import { cleanText } from "../../schemas/clean-text.ts";

const placeholder = new RegExp(
  `^(?:${[
    "undefined|null|nil|none|nan|void|true|false|unknown|anonymous|#?n/a|--?",
    String.raw`[(<](?:null|nil|none|undefined|not set)[)>]|\[\]|\{\}`,
    String.raw`\[(?:object|function) ?\w*\]`,
    String.raw`(["'])(?:undefined|null|none)?\1`,
    "0{8}-?(?:0{4}-?){3}0{12}",
    String.raw`\{[a-z_]\w*\}|\{\{.*\}\}|[$#]\{.*\}|<%.*%>|%[a-z_]+%|\[\[.*\]\]`,
  ].join("|")})?$`,
  "is",
);

/** An id as it can be stored, without the blanks around it; undefined if it names nobody. */
export function idOf(text: string): string | undefined {
  const id = cleanText(text).trim();
  return placeholder.test(id) ? undefined : id;
}
