import type { EventInput } from "../../schemas/events/event.ts";

/**
 * An event of a source that names each of its own, and may deliver any of them again, beside others than the first time: so
 * what is said here is the same for each delivery. `from` is the stream, file or partition that it stood in; `at` the source's own time
 * for it, in epoch ms.
 */
export type SourcedEvent = { event: EventInput; sourceId: string; from: string; at: number | undefined };
