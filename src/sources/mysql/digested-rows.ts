/**
 * MySQL's rows, and the text from which the database computes its digest: texts separated by tabs, with bytes as their
 * digest.
 */
import { hash } from "node:crypto";
import type { RowDigest } from "../rows/tally.ts";
import type { Form } from "./statements.ts";

/** What `statements.ts` asks of the database. */
export const digest: RowDigest = "sha256";

type Fields = readonly (string | null)[];

/** The row made from these fields, whose columns have these forms. */
export function digestedRow(fields: Fields, forms: readonly Form[]) {
  let [text, nulls] = ["", 0];
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? null;
    if (field === null) nulls++;
    text += `${i === 0 ? "" : "\t"}${field === null ? "\\N" : forms[i] === "bytes" ? digestOf(field) : field}`;
  }
  return { fields, text, nulls };
}

function digestOf(hex: string): string {
  return hash(digest, Buffer.from(hex.slice(2), "hex"), "hex");
}
