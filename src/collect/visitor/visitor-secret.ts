/**
 * The visitors' secret holds the salt of the ids that change every day, and the key of distinct counts. A sketch
 * estimates from how rare the hashes of ids are, so anyone who could compute these hashes could choose a few ids that
 * look like millions. Without the key nobody can.
 *
 * The salt may be rotated at any time: from then on, visitors without an id get new ones. The key must not change, or
 * everyone who comes both before and after would count twice. So a rotated secret carries the old key: `{"salt": "new",
 * "sketch": "<the key>"}`. A secret without a key has one derived from its salt.
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

/** The key derived from a salt, which a rotated secret has to name. */
export function sketchKeyOf(salt: string): string {
  return hash("sha256", `sketch\n${salt}`, "base64url");
}

const coordinates = cached(5000, coordinatesOf);

/** An id's coordinates in a sketch, for whoever has the key. */
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
    return undefined; // not JSON: any text can be a salt
  }
}
