/** Reads the body of a request as long as it makes progress and there is space for it. */
import type { IncomingMessage } from "node:http";
import type { Admission, BodyRoom } from "./admission.ts";

export type Refused = "tooLarge" | "unavailable" | "tooSlow";
export type Body = { bytes: Buffer; room: BodyRoom };
export type ReadOptions = {
  admission: Admission;
  /** Who sends it: bodies of one sender give way to those of others. */
  sender: string;
  maxBytes: number;
  /** Within this time `leastBytes` must have arrived, or the rest. */
  progressMs: number;
};

/** An occasional byte does not count as progress. */
const leastBytes = 1024;

/**
 * The whole body, which takes up space until that is released, or why it was not accepted: the rest is then read and
 * discarded. Rejects when the client goes away.
 */
export function readBody(req: IncomingMessage, options: ReadOptions): Promise<Body | Refused> {
  const { admission, sender, maxBytes, progressMs } = options;
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let isOpen = true;
    let sizeBefore = 0;
    const room = admission.openBody(sender, () => refuse("unavailable"));
    const clock = setInterval(() => {
      if (size - sizeBefore < leastBytes) refuse("tooSlow");
      sizeBefore = size;
    }, progressMs);
    const end = (settle: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      clearInterval(clock);
      settle();
      chunks = [];
    };
    const refuse = (why: Refused | Error): void =>
      end(() => {
        room.release();
        if (why instanceof Error) reject(why);
        else resolve(why);
      });
    req.on("data", (chunk: Buffer) => {
      if (!isOpen) return;
      if (size + chunk.length > maxBytes) return refuse("tooLarge");
      if (!room.hold(chunk.length)) return refuse("unavailable");
      size += chunk.length;
      chunks.push(chunk);
    });
    req.on("end", () =>
      end(() => {
        room.settle();
        resolve({ bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size), room });
      }),
    );
    req.on("error", refuse);
    req.on("close", () => refuse(new Error("Cannot read the request: the client went away")));
  });
}
