import type { EventInput } from "../../schemas/events/event.ts";

/**
 * An event of a source that has an id for each of its events, and may deliver any of them again, together with others
 * than before: so these fields are the same in each delivery. `from` is the stream, file or partition it came from;
 * `at` is the source's own time for it, in epoch ms.
 */
export type SourcedEvent = { event: EventInput; sourceId: string; from: string; at: number | undefined };
