import { expect, test } from "vitest";
import { AskError } from "../../../src/dashboard/ask/ask.ts";
import { keepAsking, waitAfter } from "../../../src/dashboard/ask/keep-asking.ts";

/** Runs the loop with a pause that only records its length; a script decides how each question ends. */
async function run(script: (number | AskError)[], everyMs?: number) {
  const controller = new AbortController();
  const pauses: number[] = [];
  const got: unknown[] = [];
  let questions = 0;
  await new Promise<void>((resolve) => {
    keepAsking<number>({
      ask: async () => {
        const next = script[questions];
        questions += 1;
        if (next === undefined) {
          controller.abort();
          resolve();
          return 0;
        }
        if (next instanceof AskError) throw next;
        return next;
      },
      onAnswer: (answer) => got.push(answer),
      onError: (error) => got.push(error.status),
      everyMs,
      sleep: async (ms) => void pauses.push(ms),
      signal: controller.signal,
    });
  });
  return { pauses, got };
}

test("questions follow each other with a pause", async () => {
  expect(await run([1, 2, 3], 750)).toEqual({ pauses: [750, 750, 750], got: [1, 2, 3] });
});

test("a server that is away is asked ever more rarely, until it answers", async () => {
  const away = new AskError(0, "");
  const { pauses, got } = await run([away, away, away, 7, away], 750);
  expect(got).toEqual([0, 0, 0, 7, 0]);
  expect(pauses).toEqual([1000, 2000, 4000, 750, 1000]);
});

test("the pause grows no longer than a quarter of a minute, and is never shorter than Retry-After", () => {
  expect(waitAfter(new AskError(500, ""), 40)).toBe(15_000);
  expect(waitAfter(new AskError(429, "", { retryAfterMs: 30_000 }), 1)).toBe(30_000);
});

test("a refused question is not repeated", () => {
  for (const status of [400, 401, 404]) expect(waitAfter(new AskError(status, ""), 1)).toBeUndefined();
});

test("again during a question asks once more after it", async () => {
  const controller = new AbortController();
  let open = () => {};
  let questions = 0;
  const { again } = keepAsking<number>({
    ask: () => {
      questions += 1;
      return new Promise((resolve) => {
        open = () => resolve(questions);
      });
    },
    onAnswer: () => {},
    onError: () => {},
    sleep: () => Promise.reject(new Error("Cannot sleep: nothing should")),
    signal: controller.signal,
  });
  again();
  again();
  expect(questions).toBe(1);
  open();
  await expect.poll(() => questions).toBe(2);
  open();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(questions).toBe(2);
  again();
  await expect.poll(() => questions).toBe(3);
  controller.abort();
});
