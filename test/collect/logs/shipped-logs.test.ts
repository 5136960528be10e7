import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerLogs, collectLogs, type ShippedLogs } from "../../../src/collect/logs/shipped-logs.ts";
import { rowsOf } from "../../rows.ts";

const now = Date.UTC(2026, 10, 25, 12);
const context = (at = now) => {
  let made = 0;
  return {
    now: at,
    newId: () => `ffffffff-0000-4000-8000-${String(made++).padStart(12, "0")}`,
    timezone: "Asia/Seoul",
    visitorSalt: "salt",
    maxLatenessDays: 7,
    eventsStreams: ["events-0"] as const,
  };
};
const sender = {
  caller: { app: "server", trusted: true },
  address: "203.0.113.7",
  userAgent: "Fluent-Bit",
  country: undefined,
  acceptLanguage: "",
};
const log = (at: number | undefined, message = "x") => ({ name: "app_log", level: "info", message, occurred_at: at });
const shipped = (events: unknown[], tag = ""): ShippedLogs => ({
  body: Buffer.from(JSON.stringify(events)),
  events,
  tag,
});
const send = (logs: ShippedLogs, at = now) => {
  const collected = collectLogs(logs, sender, context(at));
  const rows = collected.flatMap(({ accepted }) => rowsOf(accepted));
  return {
    collected,
    rows,
    ids: rows.map((row) => row.event_id),
    batches: [...new Set(rows.map((row) => row.batch_id))],
  };
};

describe("answerLogs", () => {
  test("says which lines were rejected and why, of many the first ten", () => {
    const events = Array.from({ length: 1201 }, (_, i) =>
      i >= 3 && i % 100 === 3 ? { name: "app_log" } : log(now - i),
    );
    const answer = answerLogs("POST /v1/logs/app", "text/plain", send(shipped(events)).collected);
    const { rejected, reasons } = JSON.parse(String(answer.body));
    expect(rejected).toBe(12);
    expect(reasons.map(({ index }: { index: number }) => index)).toEqual([
      3, 103, 203, 303, 403, 503, 603, 703, 803, 903,
    ]);
    expect(reasons[0]).toEqual({ index: 3, path: "level", message: expect.stringMatching(/^Expected one of/) });
  });
});

describe("collectLogs", () => {
  test("takes any number of lines, each once, and keeps the bad ones beside the good ones", () => {
    const events = Array.from({ length: 1201 }, (_, i) =>
      i % 100 === 7 ? { name: "app_log" } : log(now - i, `line ${i}`),
    );
    const { collected, rows } = send(shipped(events));
    expect(rows).toHaveLength(1189);
    expect(collected).toHaveLength(3);
    const rejected = collected.flatMap((one) => rowsOf(one.rejected));
    expect(rejected).toHaveLength(12);
    expect(rejected[0]).toMatchObject({ reason: "level", app: "server" });
  });

  test("gives a retry the same batches and ids, an hour later too, on the page of its newest line", () => {
    const instant = fc.integer({ min: now - 3_600_000, max: now });
    fc.assert(
      fc.property(fc.array(instant, { minLength: 1, maxLength: 600 }), (instants) => {
        const logs = shipped(
          instants.map((at, i) => log(at, `${i}`)),
          "web1",
        );
        const [first, again] = [send(logs), send(logs, now + 3_600_000)];
        expect(again.ids).toEqual(first.ids);
        expect(new Set(first.ids).size).toBe(instants.length);
        const minute = Math.floor(Math.max(...instants))
          .toString(16)
          .padStart(12, "0");
        for (const id of first.batches) expect(id?.replaceAll("-", "").slice(0, 13)).toBe(`${minute}7`);
      }),
    );
  });

  test("distinguishes bodies by their bytes, their sender's name, and the key's app", () => {
    const events = [log(now - 5)];
    const all = [shipped(events), shipped(events, "web1"), shipped(events, "web2"), shipped([log(now - 6)])];
    expect(new Set(all.flatMap((logs) => send(logs).ids)).size).toBe(4);
  });

  test("counts each copy if nothing distinguishes two senders of equal lines", () => {
    const [whole, none] = [shipped([log(now - 5000)]), shipped([log(undefined)])];
    for (const logs of [whole, none]) {
      const first = collectLogs(logs, sender, context());
      const { newId: _, ...others } = context();
      const again = collectLogs(logs, sender, { ...others, newId: () => "eeeeeeee-0000-4000-8000-000000000000" });
      expect(rowsOf(first[0]?.accepted ?? [])[0]?.batch_id).not.toBe(rowsOf(again[0]?.accepted ?? [])[0]?.batch_id);
    }
  });

  test("believes no time of years ago for the page, and none of the future", () => {
    const [old, future] = [
      send(shipped([log(Date.UTC(2001, 0, 5))], "web1")),
      send(shipped([log(now + 10 * 86_400_000)], "web1")),
    ];
    for (const { batches } of [old, future]) expect(batches[0]?.[14]).toBe("8");
  });
});
