/**
 * A secret as it is now, without a call for every request: kept in memory, read again while it is still good, and never used
 * when it is older than four minutes. So a rotated one works everywhere within five minutes, and the old one has stopped by then.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { HttpError, UnavailableError } from "../errors.ts";
import { log, metric } from "../log.ts";

/** How old a value may be, in ms: answered from memory; answered, and read again beside it; and then not without reading it. */
export const FRESH_MS = 180_000;
export const STALE_MS = 240_000;
/** How long the last known value serves while Secrets Manager cannot be read. */
export const OUTAGE_MS = 12 * 3_600_000;
/** Between two reads that somebody asks for: after a failure, or because a key was refused. */
export const PAUSE_MS = 15_000;

export type Secret = {
  /** The value. Rejects with an UnavailableError when there is none that may be used. */
  read(): Promise<string>;
  /**
   * What `use` makes of the value. If it refuses (an HttpError 401), it gets the value of this moment, when that is another:
   * a key that has just been rotated works at once.
   */
  check<T>(use: (value: string) => T): Promise<T>;
};
type Options = { client: SecretsManagerClient; id: string; clock: () => number };
type Known = { value: string; at: number };

/** The secret `id` (its name or ARN), which is asked for right away, so that the first request waits less. */
export function createSecret({ client, id, clock }: Options): Secret {
  let known: Known | undefined;
  let reading: Promise<void> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  const age = () => ageOf(known, clock());

  async function read(): Promise<string> {
    // A function is frozen between requests: a call that began before that brings a value as old as its beginning.
    for (let tries = 0; age() >= STALE_MS && tries < (known ? 2 : 1); tries++) await readNow();
    if (known === undefined || age() >= OUTAGE_MS) throw new UnavailableError(`Cannot read the secret ${id}`);
    if (age() >= FRESH_MS) void readNow();
    return known.value;
  }

  async function check<T>(use: (value: string) => T): Promise<T> {
    const value = await read();
    try {
      return use(value);
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      await readNow();
      if (known === undefined || known.value === value) throw error;
      return use(known.value);
    }
  }

  /** Reads it unless that was tried a moment ago; never rejects. Calls at the same time share one. */
  function readNow(): Promise<void> {
    const pause = clock() - triedAt;
    if (reading === undefined && known !== undefined && pause >= 0 && pause < PAUSE_MS) return Promise.resolve();
    reading ??= ask().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function ask(): Promise<void> {
    const at = clock();
    triedAt = at;
    try {
      const { SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId: id }));
      if (!value) throw new Error("it holds no text");
      known = { value, at };
    } catch (error) {
      metric("SecretNotRead", { secret: id, isKnown: known !== undefined });
      log.error("Cannot read a secret", { secret: id, error });
    }
  }

  void readNow();
  return { read, check };
}

/** A clock that was put back says nothing of a value's age. */
function ageOf(known: Known | undefined, now: number): number {
  return known === undefined || now < known.at ? Number.POSITIVE_INFINITY : now - known.at;
}
