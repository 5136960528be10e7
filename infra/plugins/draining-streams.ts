/**
 * Scaling down without losing an event: Firehose drops what a stream still holds when the stream is deleted, so a
 * stream that collect no longer writes to stays in the template until it is known to be empty. The next deployment then
 * deletes it.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html
 */

export type Resource = { Type: string; Properties?: Record<string, unknown>; DependsOn?: string | string[] };
export type Resources = Record<string, Resource>;
export type UnusedStream = { id: string; name: string; since: string };

const streamType = "AWS::KinesisFirehose::DeliveryStream";
const tag = "daymark:unused-since";
/**
 * An hour is more than a buffer's 15 minutes, half of that again, and all attempts of a batch (22 minutes) together.
 */
const drainingMs = 3_600_000;

/** The events streams that `deployed` has and `next` lacks, and since when nothing writes to them. */
export function unusedStreams(next: Resources, deployed: Resources, now: number): UnusedStream[] {
  return Object.entries(deployed)
    .filter(([id, { Type }]) => Type === streamType && /^EventsStream\d+$/.test(id) && !next[id])
    .map(([id, { Properties = {} }]) => ({
      id,
      name: String(Properties.DeliveryStreamName),
      since: tagOf(Properties.Tags) ?? new Date(now).toISOString(),
    }));
}

/** Whether a stream has been unused long enough to be empty; its metrics tell whether it is. */
export function mayBeEmpty({ since }: UnusedStream, now: number): boolean {
  return now - Date.parse(since) >= drainingMs;
}

/** The resources of `streams`, to be deployed with `next`: like those of the first stream, marked as unused. */
export function keptResources(next: Resources, streams: UnusedStream[]): Resources {
  const model = Object.fromEntries(Object.entries(next).filter(([id]) => /^EventsStream0(?!\d)/.test(id)));
  return Object.assign({}, ...streams.map((stream) => resourcesOf(stream, model)));
}

function resourcesOf({ id, since }: UnusedStream, model: Resources): Resources {
  const number = id.replace("EventsStream", "");
  const text = JSON.stringify(model)
    .replaceAll(/EventsStream0(?!\d)/g, id)
    .replaceAll(/-events-0(?!\d)/g, `-events-${number}`);
  const resources: Resources = JSON.parse(text);
  const stream = resources[id];
  if (stream) stream.Properties = { ...stream.Properties, Tags: [{ Key: tag, Value: since }] };
  return resources;
}

function tagOf(tags: unknown): string | undefined {
  if (!Array.isArray(tags)) return undefined;
  return tags.find(({ Key }) => Key === tag)?.Value;
}
