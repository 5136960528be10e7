/**
 * What AWS JSON services have in common besides the wire: inputs with declared types, lists in pages, and name
 * patterns.
 */
import { z } from "zod";
import { AwsError } from "./aws-error.ts";

type Page = { MaxResults: number; NextToken?: string | undefined };

/** The input members for reading a list in pages of up to `most`. */
export const pageInput = (most: number) => ({
  MaxResults: z.int().min(1).max(most).default(most),
  NextToken: z.string().optional(),
});

/** Readers that report invalid input with the error `code`, which differs between services. */
export function createWireInput(code: string) {
  const refuse = (message: string, cause?: unknown) => new AwsError(code, message, { cause });
  return {
    /** The wire input, checked against the types that the operation declares. */
    read<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
      const parsed = schema.safeParse(input);
      if (parsed.success) return parsed.data;
      throw refuse(z.prettifyError(parsed.error));
    },

    /** One page of a list; `next` holds the token of the next page, if there is one. */
    take<T>(list: readonly T[], { MaxResults, NextToken }: Page): { items: T[]; next: { NextToken?: string } } {
      const text = NextToken === undefined ? "0" : Buffer.from(NextToken, "base64url").toString();
      if (!/^\d{1,9}$/.test(text)) throw refuse("NextToken is malformed");
      const start = Number(text);
      const end = start + MaxResults;
      const next = end < list.length ? { NextToken: Buffer.from(String(end)).toString("base64url") } : {};
      return { items: list.slice(start, end), next };
    },

    /** Names that match a regular expression; a bare `*` matches anything, as consoles write it. */
    nameFilter(expression: string | undefined): (name: string) => boolean {
      if (expression === undefined || expression === "") return () => true;
      try {
        const pattern = new RegExp(`^(?:${expression.replace(/(^|[^.\])}])\*/g, "$1.*")})$`, "i");
        return (name) => pattern.test(name);
      } catch (cause) {
        throw refuse(`Cannot use the expression "${expression}"`, cause);
      }
    },
  };
}
