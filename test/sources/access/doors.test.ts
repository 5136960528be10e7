/** A line says the same whether it is imported from a file or sent by a shipper. */
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { logBodies } from "../../../src/sources/log-bodies.ts";
import { createLineReader, formatOf } from "../../../tools/import/events.ts";
import { logLines } from "../../fixtures/log-lines.ts";

const fields = ["ip", "user_id", "method", "url", "status", "bytes", "referrer", "user_agent"] as const;

/** An event in the words of the table. */
function inWords(event: unknown): string {
  if (event === undefined) return "comment";
  const checked = checkEvent(event);
  if (!("errors" in checked)) return fields.map((field) => checked.event[field] ?? "-").join(" ");
  const isRead = typeof event === "object" && event !== null && "status" in event;
  return isRead ? `rejected: ${checked.errors[0]?.path}` : "refused";
}

const shipped = (body: string) => logBodies["POST /v1/logs/access"](Buffer.from(body));

function imported(line: string): unknown {
  const read = createLineReader(formatOf("combined"), { isGuessed: true })(line.replace(/\r$/, ""), 1);
  if (read === undefined) return undefined;
  const { event_id: _, ...event } = JSON.parse(read.json);
  return event;
}

describe("a line of an access log", () => {
  test.each(logLines)("says the same through both doors: $what", ({ line, says }) => {
    expect(inWords(imported(line))).toBe(says);
    expect(inWords(shipped(line)[0])).toBe(says);
  });

  test("is kept by its text in what is stored of it, whichever door it came through", () => {
    for (const { line, says } of logLines)
      if (!/^(?:refused|comment)/.test(says)) expect(shipped(line)).toEqual([imported(line)]);
  });

  test("is tried with 60 lines and more", () => {
    expect(new Set(logLines.map(({ line }) => line)).size).toBeGreaterThan(60);
  });
});

describe("the lines of a body", () => {
  const w3c = [
    "#Version: 1.0",
    "#Fields: date time c-ip cs-method cs-uri-stem sc-status",
    "2016-12-31 23:59:60 203.0.113.7 GET /a 404",
  ];

  test.each(["\n", "\r\n"])("may name their columns, as in a file: %j", (end) => {
    for (const start of ["", "\ufeff", `damaged${end}`])
      expect(shipped(start + w3c.join(end)).map(inWords)).toEqual([
        ...(start === `damaged${end}` ? ["refused"] : []),
        "203.0.113.7 - GET /a 404 - - -",
      ]);
  });

  test("may be in several formats", () => {
    const some = logLines.filter(({ says }) => says.startsWith("203.0.113.7"));
    const body = [...some.map(({ line }) => line), ...w3c].join("\n");
    expect(shipped(body).map(inWords)).toEqual([...some.map(({ says }) => says), "203.0.113.7 - GET /a 404 - - -"]);
  });
});
