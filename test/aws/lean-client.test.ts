import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sha256 } from "../../src/aws/lean-client.ts";

const hex = async (hash: Sha256) => Buffer.from(await hash.digest()).toString("hex");
const text = fc.string({ unit: "binary-ascii" });
const secret = fc.oneof(text, fc.uint8Array({ minLength: 1 }));

test("Sha256 hashes as node:crypto does, in parts and after a reset", async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.uint8Array(), async (a, b) => {
      const hash = new Sha256();
      hash.update("forgotten");
      hash.reset();
      hash.update(a);
      hash.update(b.buffer);
      expect(await hex(hash)).toBe(createHash("sha256").update(a).update(b).digest("hex"));
    }),
  );
});

test("Sha256 with a secret is the HMAC, each time that secret is used", async () => {
  await fc.assert(
    fc.asyncProperty(secret, text, async (key, message) => {
      for (let i = 0; i < 2; i++) {
        const hmac = new Sha256(key);
        hmac.update(message);
        expect(await hex(hmac)).toBe(createHmac("sha256", key).update(message).digest("hex"));
      }
    }),
  );
});
