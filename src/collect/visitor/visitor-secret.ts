/**
 * What the visitors' secret holds: the salt of ids that change every day, and the key of distinct counts. A sketch counts by how rare
 * the hashes of ids are, so whoever could hash as it does could choose a few ids that look like millions; nobody can without the key.
 *
 * The salt may be rotated at any time: visitors without an id are told apart anew from then on. The key may not, or those who
 * come before and after would be two; so a rotated secret carries the key on: `{"salt": "new", "sketch": "<the key>"}`. Where it
 * names none, the key follows from the salt.
 */
import { hash } from "node:crypto";
import { cached } from "../../cache.ts";
import { type Coordinates, coordinatesOf } from "../../metrics/distinct-sketch.ts";

export type VisitorSecret = { salt: string; sketch: string };

/** The two parts of a secret's text. */
export const readVisitorSecret: (text: string) => VisitorSecret = cached(2, (text) => {
  const { salt, sketch } = parse(text) ?? { salt: text };
  return { salt, sketch: sketch ?? sketchKeyOf(salt) };
});

/** The key that follows from a salt, as a rotated secret has to name it. */
export function sketchKeyOf(salt: string): string {
  return hash("sha256", `sketch\n${salt}`, "base64url");
}

const coordinates = cached(5000, coordinatesOf);

/** Where an id falls in a sketch, for those who have the key. */
export function keyedCoordinates(sketch: string, id: string): Coordinates {
  return coordinates(`${sketch}\n${id}`);
}

function parse(text: string): { salt: string; sketch?: string } | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { salt, sketch }: Record<string, unknown> = JSON.parse(text);
    if (typeof salt !== "string" || salt === "") return undefined;
    return typeof sketch === "string" && sketch !== "" ? { salt, sketch } : { salt };
  } catch {
    return undefined; // a salt may look like anything
  }
}
