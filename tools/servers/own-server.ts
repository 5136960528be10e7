/**
 * What every server that the demo or a test starts has: a folder, a port that was free, a certificate for localhost, and
 * a moment at which it answers.
 */
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** Makes `server.key` and `server.crt` in a folder. */
export async function makeCertificate(folder: string): Promise<void> {
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-keyout", join(folder, "server.key"), "-out", join(folder, "server.crt")];
  await promisify(execFile)("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    ...names,
    ...files,
  ]);
}

/** Tries until it works, ten times a second, or until `isOver` says why it never will. */
export async function untilReady(
  attempt: () => Promise<void>,
  seconds = 10,
  isOver: () => string | undefined = () => undefined,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const reason = isOver();
      if (reason !== undefined) throw new Error(reason, { cause: error });
      if (tries >= seconds * 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("Cannot find a free port");
  return address.port;
}
