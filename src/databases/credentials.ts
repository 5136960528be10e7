/** The contents of a database's secret: credentials, and perhaps where the database is. */
import * as z from "zod/mini";

const port = z.pipe(z.union([z.string(), z.number()]), z.transform(Number));
/** RDS's own secrets have everything except `ca`; those that RDS rotates have only username and password. */
const credentials = z.object({
  username: z.string(),
  password: z.string(),
  host: z.optional(z.string()),
  port: z.optional(port),
  dbname: z.optional(z.string()),
  /** The certificate of the authority that signed the server's, if the system does not know it. */
  ca: z.optional(z.string()),
});

/** Where the database is, as far as the secret does not say so. */
export type DatabaseAddress = { host?: string | undefined; port?: number | undefined; database?: string | undefined };

/** Where a database is and who logs in there; `tls` is what the driver needs besides to check its certificate. */
export type Address = {
  host: string;
  port: number;
  database: string | undefined;
  username: string;
  password: string;
  tls: { ca?: string };
};

/**
 * What the settings do not say, the secret does, and `port` is the last resort. Throws for a secret in any other form,
 * without showing it.
 */
export function readAddress(secret: string, settings: DatabaseAddress, port: number): Address {
  const { username, password, ca, ...said } = readCredentials(secret);
  return {
    host: settings.host ?? said.host ?? "",
    port: settings.port ?? said.port ?? port,
    database: settings.database ?? said.dbname,
    username,
    password,
    tls: ca === undefined ? {} : { ca },
  };
}

function readCredentials(text: string): z.infer<typeof credentials> {
  try {
    return credentials.parse(JSON.parse(text));
  } catch {
    throw new TypeError("Cannot read the secret of a database: expected JSON with username and password");
  }
}
