/**
 * The Firehose transformation of a stage on whose events streams CloudFront puts its logs (parameter `cloudfront`). What
 * becomes of these is in src/collect/logs/take-vended.ts, and of everything in src/stream/stream.ts.
 */
import middy from "@middy/core";
import { createTakeVended } from "../collect/logs/take-vended.ts";
import { sourceConfig, streamConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import type { StreamEvent } from "../stream/stream.ts";
import { collectOptions } from "../wiring/collect-options.ts";
import { streamOpener } from "../wiring/open-stream.ts";

const open = streamOpener(streamConfig());
const take = createTakeVended(collectOptions(sourceConfig()));

export const handler = withInvocation(
  middy<StreamEvent>().handler(async ({ records }) => {
    const { timezone, count } = await open();
    return { records: await take(records, timezone, async (some) => (await count({ records: some })).records) };
  }),
);
