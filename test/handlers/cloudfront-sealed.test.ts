/** A request whose log comes both by Firehose and in a file: one event, which the sealed day has once. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { batchesOfLogs } from "../../src/collect/logs/log-files.ts";
import { collectNamed } from "../../src/collect/logs/named-batches.ts";
import { takeVended } from "../../src/collect/logs/vended-records.ts";
import { cloudFrontFile, documentedRows } from "../fixtures/cloudfront-lines.ts";
import { recordOf } from "../fixtures/event-rows.ts";
import { rowsOf } from "../rows.ts";
import { at, day, next, stage, useStage } from "./stage-days.ts";

useStage();

test("requests that come both ways are one event each, once the day is sealed", async () => {
  const context = {
    newId: randomUUID,
    timezone: "Asia/Seoul",
    visitorSalt: "salt",
    maxLatenessDays: 7,
    eventsStreams: ["events-0"] as const,
  };
  const rows = documentedRows
    .filter((row) => row["sc-status"] !== "000")
    .map((row) => ({ ...row, date: day, time: "01:00:00" }));
  const vended = rows.map((row) => recordOf([row]));
  const { records } = await stage.invokeStream(takeVended(vended, context).records);
  await stage.deliver(records);
  const open = async () =>
    (async function* () {
      yield Buffer.from(cloudFrontFile(rows));
    })();
  for await (const batch of batchesOfLogs([{ name: ["cdn-logs", "E1.gz"], open }]))
    await stage.take(rowsOf(collectNamed(batch, "buckets", { ...context, now: Date.now() }).accepted));
  at(`${next()}T00:20`);
  expect((await stage.batch()).sealed).toEqual([day]);
  const { body } = await stage.get(`/v1/metrics/requests?from=${day}&to=${day}`);
  expect([body.total, body.history]).toEqual([rows.length, rows.length]);
});
