/**
 * The current value of a secret, without a call for every request: it is kept in memory, read again while it may still
 * be used, and never used when older than four minutes. So a rotated secret works everywhere within five minutes, and
 * the old one has stopped working by then.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { HttpError, UnavailableError } from "../errors.ts";
import { log, metric } from "../log.ts";

/** Up to this age, in ms, a value is used from memory; after that it is used while it is read again. */
export const FRESH_MS = 180_000;
/** From this age on, in ms, a value is not used before it is read again. */
export const STALE_MS = 240_000;
/** How long the last known value is used while Secrets Manager cannot be read. */
export const OUTAGE_MS = 12 * 3_600_000;
/** The pause between reads: after a failure, or when keys are refused. */
export const PAUSE_MS = 15_000;

export type Secret = {
  /** The value. Rejects with an UnavailableError if there is none that may be used. */
  read(): Promise<string>;
  /**
   * The result of `use` on the value. If `use` refuses the value (an HttpError 401), it is called again with the
   * current one, if that differs: a key that has just been rotated works at once.
   */
  check<T>(use: (value: string) => T): Promise<T>;
};
type Options = { client: SecretsManagerClient; id: string; clock: () => number };
type Known = { value: string; at: number };

/** The secret `id` (its name or ARN). It is read right away, so that the first request waits less. */
export function createSecret({ client, id, clock }: Options): Secret {
  let known: Known | undefined;
  let reading: Promise<void> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  const age = () => ageOf(known, clock());

  async function read(): Promise<string> {
    // A function is frozen between requests, so a read that started before the freeze returns a value as old as its
    // start.
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

  /** Reads the secret unless that was tried a moment ago; never rejects. Concurrent calls share one read. */
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

/** A clock that was set back says nothing about a value's age. */
function ageOf(known: Known | undefined, now: number): number {
  return known === undefined || now < known.at ? Number.POSITIVE_INFINITY : now - known.at;
}
