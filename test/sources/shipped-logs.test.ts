import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../src/collect/event/check-event.ts";
import { readRecords } from "../../src/sources/json-records.ts";
import { accessLogEvent, appLogEvent } from "../../src/sources/shipped-logs.ts";

const line = '203.0.113.7 - - [25/Nov/2026:10:06:03 +0900] "GET /a HTTP/1.1" 200 5 "-" "UA"';
const access = {
  name: "access_log",
  occurred_at: "2026-11-25T10:06:03+09:00",
  method: "GET",
  url: "/a",
  status: 200,
  bytes: 5,
  user_agent: "UA",
  ip: "203.0.113.7",
};

describe("readRecords", () => {
  const records = [{ a: 1, b: "}{" }, { "c\n": ['"', "\\"] }, { d: {} }];
  const texts = records.map((record) => JSON.stringify(record));

  test.each([
    ["an array", JSON.stringify(records)],
    ["an array over several lines", JSON.stringify(records, null, 2)],
    ["lines", texts.join("\n")],
    ["lines with an end, blank ones and CRLF", `${texts.join("\r\n\r\n")}\r\n`],
    ["objects one after another", texts.join("")],
    ["objects over several lines", records.map((record) => JSON.stringify(record, null, 1)).join("\n")],
    ["objects behind a mark of byte order", `\ufeff${texts.join("\n")}`],
  ])("finds the same in %s", (_, body) => {
    expect(readRecords(body)).toEqual(records);
  });

  test("keeps what cannot be read beside what can", () => {
    expect(readRecords(`${texts[0]}\n{"broken":\n${texts[2]}\n`)).toEqual([records[0], '{"broken":', records[2]]);
    expect(readRecords(`${texts[0]}\nnonsense}\n`)).toEqual([records[0], "nonsense}"]);
  });

  test.each([
    ["cut off at its start", '"b":2}'],
    ["cut off at its end", '{"b":"'],
    ["of another kind", "nonsense"],
  ])("loses no line to a first one that is %s", (_, damaged) => {
    for (const body of [`${damaged}\n${texts.join("\n")}\n`, `\ufeff${damaged}\r\n${texts.join("\r\n")}`])
      expect(readRecords(body)).toEqual([damaged, ...records]);
  });

  test("treats any other text as lines, and loses none of it", () => {
    expect(readRecords(`${line}\n\n${line}\r\n`)).toEqual([line, line]);
    fc.assert(
      fc.property(fc.array(fc.json(), { minLength: 1 }), (list) => {
        const objects = list.map((json, i) => ({ i, json }));
        expect(readRecords(objects.map((object) => JSON.stringify(object)).join(""))).toEqual(objects);
      }),
    );
  });
});

describe("accessLogEvent", () => {
  test.each([
    ["a line", line],
    ["Fluent Bit's record of a line", { date: 1795568763.5, log: line }],
    [
      "Vector's record of a line",
      { timestamp: "2026-11-25T01:06:03Z", message: line, host: "web1", source_type: "file" },
    ],
    ["a container's record of a line", { log: `${line}\n`, stream: "stdout", kubernetes: { pod_name: "p" } }],
  ])("reads %s", (_, record) => {
    expect(accessLogEvent(record)).toEqual(access);
  });

  test("reads the fields of a JSON access log, and those of a shipper's parser", () => {
    expect(
      accessLogEvent({
        time_iso8601: "2026-11-25T10:06:03+09:00",
        remote_addr: "203.0.113.7",
        request: "GET /a HTTP/1.1",
        status: "200",
        body_bytes_sent: "5",
        http_user_agent: "UA",
      }),
    ).toEqual(access);
    expect(
      accessLogEvent({
        date: 1795568763.5,
        host: "203.0.113.7",
        user: "-",
        method: "GET",
        path: "/a",
        code: "200",
        size: "5",
        referer: "-",
        agent: "UA",
      }),
    ).toEqual({ ...access, occurred_at: 1795568763500 });
  });

  const parsed = { host: "203.0.113.7", user: "-", method: "GET", path: "/a", code: "200", size: "5", agent: "UA" };
  const { ip: _, ...nobody } = access;
  test.each([
    [{ host: "203.0.113.7, 10.0.0.1" }, access],
    [{ host: "10.0.0.1,203.0.113.7:51234" }, access],
    [{ host: "unix:" }, nobody],
    [{ host: "0.0.0.0" }, nobody],
    [{ user: "joe" }, { ...access, user_id: "joe" }],
    [{ user: "10.0.0.2 - -" }, access],
    [{ user: "joe - 198.51.100.4" }, access],
    [{ code: 0 }, { ...access, status: 0 }],
    [{ code: "000" }, { ...access, status: 0 }],
    [{ code: "-" }, undefined],
    [{ time: "31/Dec/2016:23:59:60 +0000" }, { ...access, occurred_at: Date.UTC(2016, 11, 31, 23, 59, 59) }],
  ])("reads of what a shipper's parser found in a line no more than a line says: %j", (fields, event) => {
    const read = accessLogEvent({ time: "25/Nov/2026:10:06:03 +0900", ...parsed, ...fields });
    const at = Date.parse(access.occurred_at);
    expect(read).toEqual(event && { ...event, occurred_at: "time" in fields ? event.occurred_at : at });
  });

  test.each(["nonsense", { log: "nonsense" }, {}, 5, null, []])("finds nothing in %j", (record) => {
    expect(accessLogEvent(record)).toBeUndefined();
  });
});

describe("appLogEvent", () => {
  test.each([
    [
      "Fluent Bit",
      { date: 1795568763.123456, log: "started in 3 s", stream: "stderr", kubernetes: { container_name: "api" } },
      {
        occurred_at: 1795568763123,
        level: "error",
        service: "api",
        message: "started in 3 s",
        template: "started in * s",
        properties: { stream: "stderr", kubernetes: { container_name: "api" } },
      },
    ],
    [
      "a logger's JSON",
      { log: '{"level":"warn","time":1795568763123,"msg":"slow","ms":900}', app: "web" },
      {
        occurred_at: 1795568763123,
        level: "warn",
        service: "web",
        message: "slow",
        template: "slow",
        properties: { app: "web", ms: 900 },
      },
    ],
    [
      "pino",
      { level: 50, time: 1795568763123, msg: "failed" },
      { occurred_at: 1795568763123, level: "error", message: "failed", template: "failed", properties: {} },
    ],
    [
      "journald",
      { MESSAGE: "x", PRIORITY: "6", _SOURCE_REALTIME_TIMESTAMP: "1795568763123456", SYSLOG_IDENTIFIER: "sshd" },
      {
        occurred_at: 1795568763123,
        level: "info",
        service: "sshd",
        message: "x",
        template: "x",
        properties: { SYSLOG_IDENTIFIER: "sshd" },
      },
    ],
    ["a line", "hello", { level: "info", message: "hello", template: "hello", properties: {} }],
  ])("reads what %s writes", (_, record, event) => {
    expect(appLogEvent(record)).toEqual({ name: "app_log", ...event });
  });

  test("keeps the digits of numbers that a double cannot hold, in the record and in JSON inside of its text", () => {
    const id = "1541815603606036481";
    const [plain, wrapped] = readRecords(
      `{"time":1795568763.12345678901,"msg":"x","order":${id}}\n{"log":"{\\"msg\\":\\"y\\",\\"order\\":${id}}"}`,
    ).map(appLogEvent);
    expect(plain).toMatchObject({ occurred_at: 1795568763123, message: "x" });
    expect([plain, wrapped].map((event) => JSON.stringify(event?.properties))).toEqual([
      `{"order":${id}}`,
      `{"order":${id}}`,
    ]);
  });

  test("makes of any record an event that collect takes, or refuses by name", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (record) => {
        const checked = checkEvent(appLogEvent(record));
        if ("errors" in checked) expect(checked.errors[0]?.path).toBe("properties");
      }),
    );
  });
});
