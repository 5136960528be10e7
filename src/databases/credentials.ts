/** What the secret of a database says: who to be there, and where it is. */
import * as z from "zod/mini";

const port = z.pipe(z.union([z.string(), z.number()]), z.transform(Number));
/** RDS's own have all but `ca`, those that it rotates username and password alone. */
const credentials = z.object({
  username: z.string(),
  password: z.string(),
  host: z.optional(z.string()),
  port: z.optional(port),
  dbname: z.optional(z.string()),
  /** The certificate of who signed the server's, where the system does not know it. */
  ca: z.optional(z.string()),
});

/** Where it is, as far as the secret does not say. */
export type Place = { host?: string | undefined; port?: number | undefined; database?: string | undefined };

/** Throws for a secret of another form, which it does not show. */
export function readCredentials(text: string): z.infer<typeof credentials> {
  try {
    return credentials.parse(JSON.parse(text));
  } catch {
    throw new TypeError("Cannot read the secret of a database: expected JSON with username and password");
  }
}
