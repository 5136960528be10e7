import { expect, test } from "vitest";
import { keptResources, mayBeEmpty, unusedStreams } from "../../../infra/plugins/draining-streams.ts";

const now = Date.parse("2026-11-22T12:00:00.000Z");
const stream = (n: number, tags?: object) => ({
  [`EventsStream${n}`]: {
    Type: "AWS::KinesisFirehose::DeliveryStream",
    DependsOn: ["EventsTable", `EventsStream${n}Log`],
    Properties: { DeliveryStreamName: `daymark-dev-events-${n}`, ...tags },
  },
  [`EventsStream${n}Log`]: { Type: "AWS::Logs::LogStream", Properties: { LogStreamName: `daymark-dev-events-${n}` } },
  [`EventsStream${n}StaleAlarm`]: {
    Type: "AWS::CloudWatch::Alarm",
    Properties: { Stream: { Ref: `EventsStream${n}` } },
  },
});
const rejected = { RejectedStream: { Type: "AWS::KinesisFirehose::DeliveryStream", Properties: {} } };
const since = (text: string) => ({ Tags: [{ Key: "daymark:unused-since", Value: text }] });

test("no stream is unused when there are as many as before, or more", () => {
  expect(unusedStreams({ ...stream(0), ...stream(1) }, { ...stream(0), ...rejected }, now)).toEqual([]);
});

test("a stream that the next template lacks is unused from now on, or since it was said to be", () => {
  const deployed = { ...stream(0), ...stream(1), ...stream(10, since("2026-11-22T11:00:00.000Z")), ...rejected };
  const unused = unusedStreams({ ...stream(0), ...rejected }, deployed, now);
  expect(unused).toEqual([
    { id: "EventsStream1", name: "daymark-dev-events-1", since: "2026-11-22T12:00:00.000Z" },
    { id: "EventsStream10", name: "daymark-dev-events-10", since: "2026-11-22T11:00:00.000Z" },
  ]);
  expect(unused.map((one) => mayBeEmpty(one, now))).toEqual([false, true]);
  expect(unused.map((one) => mayBeEmpty(one, now - 1))).toEqual([false, false]);
});

test("an unused stream stays as the first one is, with its log and its alarms, and marked", () => {
  const next = { ...stream(0), ...rejected };
  const kept = keptResources(next, [
    { id: "EventsStream1", name: "daymark-dev-events-1", since: "2026-11-22T11:00:00.000Z" },
  ]);
  expect(kept).toEqual(stream(1, since("2026-11-22T11:00:00.000Z")));
  expect(keptResources(next, [])).toEqual({});
});
