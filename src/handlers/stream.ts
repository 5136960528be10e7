/** The Firehose transformation. What it does, and in which order, is in src/stream/stream.ts. */
import middy from "@middy/core";
import { streamConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import type { StreamEvent } from "../stream/stream.ts";
import { streamOpener } from "../wiring/open-stream.ts";

const open = streamOpener(streamConfig());

export const handler = withInvocation(
  middy<StreamEvent>().handler(async (event) => {
    const { count } = await open();
    return count(event);
  }),
);
