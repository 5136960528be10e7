import { expect, test } from "vitest";
import { jsonAnswer } from "../../src/middleware/json-answer.ts";
import { unlessKnown } from "../../src/middleware/unless-known.ts";

const answer = (total: number, status = 200) => jsonAnswer(status, { total });
const etagOf = (total: number) => String(unlessKnown(answer(total), undefined).headers?.etag);

test("an answer has a tag that follows from its content, and comes whole to whoever has another", () => {
  expect(etagOf(1)).toMatch(/^"[\w-]{22}"$/);
  expect(etagOf(1)).toBe(etagOf(1));
  for (const known of [undefined, "", etagOf(2), "*", etagOf(1).slice(0, -2)])
    expect(unlessKnown(answer(1), known)).toMatchObject({ statusCode: 200, body: '{"total":1}' });
});

test.each([etagOf(1), `W/${etagOf(1)}`, `"a", ${etagOf(1)}`])(
  "an answer that is known as %s is a 304 without a body",
  (known) => {
    const { statusCode, body, headers } = unlessKnown(answer(1), known);
    expect([statusCode, body, headers?.etag]).toEqual([304, undefined, etagOf(1)]);
  },
);

test("only an answer is compared: what is still running or refused is always sent", () => {
  for (const status of [202, 400, 401, 503])
    expect(unlessKnown(answer(1, status), etagOf(1))).toEqual(answer(1, status));
});
