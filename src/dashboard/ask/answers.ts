/** The API's answers as they arrive here: integers above 2^53 are bigints, so that none is rounded. */
import type * as answer from "../../schemas/api/answer.ts";
import type { Whole } from "./whole.ts";

type Received<T> = T extends number
  ? Whole
  : T extends { rawJSON: string }
    ? never
    : T extends object
      ? { [K in keyof T]: Received<T[K]> }
      : T;

export type ReceivedAnswer = Received<answer.MetricAnswer>;
export type ReceivedLive = Received<answer.LiveAnswer>;
export type ReceivedStatus = Received<answer.StatusAnswer>;
export type ReceivedMetrics = answer.MetricsAnswer;
export type ListedMetric = ReceivedMetrics["metrics"][number];
export type Group = NonNullable<ReceivedAnswer["groups"]>[number];
export type DayValue = NonNullable<ReceivedAnswer["series"]>[number];
