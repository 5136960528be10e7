/** Generated events for the query tests: few values, so that they meet, and some that keys must escape. */
import fc from "fast-check";
import type { EventRow } from "../../src/schemas/event-columns.ts";

export const days = ["2026-02-27", "2026-02-28", "2026-03-01"];

const text = fc.constantFrom("web", "a+b", "50%", "#1", "%2B", "", "페이지", "it's", 'say "hi"');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });
const id = fc.record({ register: fc.integer({ min: 0, max: 40 }), rank: fc.integer({ min: 1, max: 53 }) });

/** One event as collect writes it, on one of `days`. */
export const event: fc.Arbitrary<EventRow> = fc
  .record({
    event_id: fc.uuid(),
    name: fc.constantFrom("page_view", "click", "impression", "payment", "login", "access_log", "signed_up"),
    app: fc.constantFrom("web", "app"),
    day: fc.constantFrom(...days),
    host: maybe(text),
    path: maybe(text),
    target: maybe(text),
    referrer_host: maybe(text),
    utm_campaign: maybe(text),
    country: maybe(fc.constantFrom("KR", "US")),
    device: maybe(fc.constantFrom("mobile", "desktop")),
    currency: maybe(fc.constantFrom("KRW", "USD")),
    amount: maybe(fc.maxSafeInteger()),
    status: maybe(fc.constantFrom(200, 404, 499, 500, 503)),
    is_bot: maybe(fc.boolean()),
    visitor: maybe(id),
    user: maybe(id),
    hour: fc.integer({ min: 0, max: 23 }),
  })
  .map(({ visitor, user, hour, ...row }) => {
    const at = `${row.day}T${String(hour).padStart(2, "0")}:00:00.000Z`;
    const coordinates = {
      visitor_register: visitor?.register,
      visitor_rank: visitor?.rank,
      user_register: user?.register,
      user_rank: user?.rank,
    };
    const all = { ...row, ...coordinates, occurred_at: at, received_at: at };
    return JSON.parse(JSON.stringify(all));
  });
