/**
 * What makes the SDK's clients cheap where a function sends many small calls: most of what such a call costs is the SDK's own
 * work around it. These settings take about a third of that away.
 */
import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from "node:crypto";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

type Bytes = Uint8Array | ArrayBuffer | string;
const keys = new WeakMap<Uint8Array, KeyObject>();

/**
 * SHA-256 or, given a secret, HMAC-SHA-256, with which clients sign their calls. Node takes a key object that it made before much
 * faster than a key's bytes, and every call of a day is signed with the same key.
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
  // The chain of steps is built once and not for each call; it holds only without options for single calls.
  cacheMiddleware: true,
} as const satisfies Pick<DynamoDBClientConfig, "sha256" | "cacheMiddleware">;

// What only describes the caller: the SDK's version, a log that is off, Lambda loops that these services cannot be part of.
const spared = ["getUserAgentMiddleware", "loggerMiddleware", "recursionDetectionMiddleware"];

/** The client without the steps that change nothing about its calls. */
export function spareSteps<C extends { middlewareStack: { remove(name: string): boolean } }>(client: C): C {
  for (const name of spared) client.middlewareStack.remove(name);
  return client;
}
