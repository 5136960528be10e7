/**
 * Settings that make the SDK's clients cheap for a function that sends many small calls: most of the cost of such a
 * call is the SDK's own work around it, and these settings save about a third of that.
 */
import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from "node:crypto";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

type Bytes = Uint8Array | ArrayBuffer | string;
const keys = new WeakMap<Uint8Array, KeyObject>();

/**
 * SHA-256 or, given a secret, HMAC-SHA-256; clients sign their calls with it. Node handles an existing key object much
 * faster than a key's bytes, and all calls of a day are signed with the same key.
 */
export class Sha256 {
  private readonly secret: Uint8Array | string | undefined;
  private state: Hash | Hmac;

  constructor(secret?: Bytes | ArrayBufferView) {
    this.secret = secret === undefined || typeof secret === "string" ? secret : toBytes(secret);
    this.state = this.start();
  }

  update(data: Bytes | ArrayBufferView): void {
    this.state.update(typeof data === "string" ? data : toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.state.digest();
  }

  reset(): void {
    this.state = this.start();
  }

  private start(): Hash | Hmac {
    if (this.secret === undefined) return createHash("sha256");
    return createHmac("sha256", typeof this.secret === "string" ? this.secret : keyOf(this.secret));
  }
}

function keyOf(secret: Uint8Array): KeyObject {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(secret);
  keys.set(secret, key);
  return key;
}

function toBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Settings for a client of any service. */
export const leanSettings = {
  sha256: Sha256,
  // Builds the chain of middleware once instead of for each call; this works only if single calls set no options.
  cacheMiddleware: true,
} as const satisfies Pick<DynamoDBClientConfig, "sha256" | "cacheMiddleware">;

// Steps that only describe the caller: the SDK's version, a log that is off, and Lambda loops that these services
// cannot be part of.
const spared = ["getUserAgentMiddleware", "loggerMiddleware", "recursionDetectionMiddleware"];

/** Removes from the client the steps that change nothing about its calls. */
export function spareSteps<C extends { middlewareStack: { remove(name: string): boolean } }>(client: C): C {
  for (const name of spared) client.middlewareStack.remove(name);
  return client;
}
