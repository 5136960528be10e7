import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsParameter } from "../../src/athena-queries/sql.ts";
import { parsePageUrl } from "../../src/collect/event/page-url.ts";
import { HttpError } from "../../src/errors.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { readLiveQuestion, readQuestion } from "../../src/query/question.ts";
import { anyText } from "../fixtures/any-text.ts";

const today = "2026-11-22";
const ask = (metric: string, query: string) => readQuestion({ metric, query }, catalog, today);
/** The filters of a question, whether or not numbers are kept by both. */
const askWhere = (query: string) => {
  const filters = [...new URLSearchParams(query)].map(([name, value]) => new URLSearchParams({ [name]: value }));
  return Object.assign({}, ...filters.map((filter) => ask("page_views", filter.toString()).where));
};
const askLive = (metric: string, query: string) => readLiveQuestion({ metric, query }, catalog);

function refusal(attempt: () => unknown): [number, string] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof HttpError) return [error.status, error.message];
    throw error;
  }
  throw new Error("it was not refused");
}

test("a question without a query string is about today", () => {
  expect(ask("clicks", "")).toMatchObject({
    from: today,
    to: today,
    where: {},
    by: [],
    breakdown: [],
    series: false,
    limit: 50,
    offset: 0,
  });
});

test("from defaults to the day that is given as to", () => {
  expect(ask("clicks", "to=2026-01-02")).toMatchObject({ from: "2026-01-02", to: "2026-01-02" });
});

test("filters and by together choose the combination, whatever their order", () => {
  const { breakdown, where, by } = ask("clicks", "device=mobile&by=target");
  expect([breakdown, where, by]).toEqual([["target", "device"], { device: "mobile" }, ["target"]]);
  expect(ask("clicks", "by=device,target").breakdown).toEqual(["target", "device"]);
  expect(ask("clicks", "by=device+target").breakdown).toEqual(["target", "device"]);
});

test("a filter may be empty, for events without the value, and hold any text", () => {
  expect(ask("clicks", "target=").where).toEqual({ target: "" });
  expect(ask("clicks", "target=a%2Bb%20%27%3B--").where).toEqual({ target: "a+b ';--" });
  expect(ask("requests", "status=404").where).toEqual({ status: "404" });
});

test.each([
  ["/채용", "/%EC%B1%84%EC%9A%A9"],
  ["/%ec%b1%84%ec%9a%a9", "/%EC%B1%84%EC%9A%A9"],
  ["/a b", "/a%20b"],
  ["/a/../x", "/x"],
  ["/%7Eanna", "/~anna"],
  ["/list;jsessionid=0A1B", "/list"],
  ["/a?x=1#y", "/a"],
  ["/100%", "/100%"],
  ["", ""],
  ["a b", "a b"],
])("a path may be spelled %j: it is stored as %j", (written, stored) => {
  for (const [metric, dimension] of [
    ["page_views", "path"],
    ["visit_pages", "entry_path"],
    ["next_pages", "previous_path"],
  ] as const)
    expect(ask(metric, new URLSearchParams({ [dimension]: written }).toString()).where[dimension]).toBe(stored);
  expect(ask("clicks", new URLSearchParams({ target: written }).toString()).where).toEqual({ target: written });
});

test.each([
  ["채용.kr", "xn--oo5bn6h.kr"],
  ["Bücher.example:8080", "xn--bcher-kva.example:8080"],
  ["ｈ。example.", "h.example"],
  ["h.example.", "h.example"],
  ["Home", "Home"], // of an app's screen, myapp://Home
  ["", ""],
])("a host may be spelled %j: it is stored as %j", (written, stored) => {
  for (const dimension of ["host", "referrer_host"] as const)
    expect(ask("page_views", new URLSearchParams({ [dimension]: written }).toString()).where[dimension]).toBe(stored);
});

test("whatever path or host is stored can be asked for as it is stored", () => {
  const address = fc.oneof(
    fc.webUrl(),
    fc.webPath(),
    fc.array(fc.constantFrom("/", "%", "%41", "채", "..", ";sid=1", "(S(a))", "\\", " ", "a"), { maxLength: 9 }),
  );
  fc.assert(
    fc.property(address, (drawn) => {
      const { host = "", path = "" } = parsePageUrl(typeof drawn === "string" ? drawn : `/${drawn.join("")}`) ?? {};
      const query = new URLSearchParams({ host, path }).toString();
      expect(askWhere(query)).toEqual({ host, path });
    }),
  );
});

test("a metric with a unit is asked for one unit or by unit", () => {
  expect(ask("revenue", "currency=KRW").breakdown).toEqual(["currency"]);
  expect(ask("revenue", "currency=krw").where).toEqual({ currency: "KRW" });
  expect(ask("revenue", "currency=Usd").where).toEqual({ currency: "USD" });
  expect(askLive("revenue", "currency=kwd").where).toEqual({ currency: "KWD" });
  expect(ask("payments", "currency=").where).toEqual({ currency: "" });
  expect(ask("revenue", "by=currency").breakdown).toEqual(["currency"]);
  expect(ask("revenue", "by=target&currency=KRW").breakdown).toEqual(["target", "currency"]);
});

test("a series has a point for each day, of ten years at most", () => {
  // From the first day of 1970 these are 3,652 days plus eight.
  expect(ask("clicks", "interval=day&from=1970-01-01&to=1980-01-08")).toMatchObject({ series: true });
  expect(refusal(() => ask("clicks", "interval=day&from=1970-01-01&to=1980-01-09"))).toEqual([
    400,
    'Cannot answer for "clicks": from 1970-01-01 to 1980-01-09 are more than 3660 days, too many for interval=day',
  ]);
  expect(ask("clicks", "from=1970-01-01&to=1980-01-09")).toMatchObject({ series: false });
});

test("a series has a point for each week or month, of a hundred years", () => {
  expect(ask("clicks", "interval=week&from=2015-01-01")).toMatchObject({ series: true, bucket: "week", breakdown: [] });
  expect(ask("clicks", "interval=month&from=1970-01-01&by=target")).toMatchObject({ bucket: "month", by: ["target"] });
  expect(ask("clicks", "interval=day")).not.toHaveProperty("bucket");
});

test("a series by the hour is read from what is kept by the hour, of 92 days at most", () => {
  expect(ask("clicks", "interval=hour&from=2026-08-23")).toMatchObject({ series: true, breakdown: ["hour"] });
  expect(ask("clicks", "interval=hour&by=app")).toMatchObject({ by: ["app"], breakdown: ["app", "hour"] });
  expect(ask("revenue", "interval=hour&currency=KRW&app=web").breakdown).toEqual(["app", "currency", "hour"]);
  const daily = defineMetric({ name: "daily", title: "Daily", on: ["x"], value: { kind: "count" }, by: ["app"] });
  expect(refusal(() => readQuestion({ metric: "daily", query: "interval=hour" }, [daily], today))).toEqual([
    400,
    'Cannot answer for "daily": it is not kept by the hour',
  ]);
});

/** These are counted on the day on which a visit began, of whose hours they know nothing. */
const ofDaysOnly = ["continued_visits", "visit_pages", "next_pages", "visit_duration"];

test("every metric of the catalog is kept by the hour, in total and by app, but what visits add up to", () => {
  for (const { name, unit } of catalog.filter((metric) => !ofDaysOnly.includes(metric.name))) {
    const filter = unit === undefined ? "" : `&${unit}=KRW`;
    for (const more of ["", "&app=web", "&by=app"])
      expect(ask(name, `interval=hour${filter}${more}`).breakdown).toContain("hour");
  }
});

test("a series of a metric with a unit is in one unit, which a filter names", () => {
  expect(ask("revenue", "interval=day&currency=KRW")).toMatchObject({ series: true, where: { currency: "KRW" } });
  expect(refusal(() => ask("revenue", "interval=day&by=currency"))[1]).toBe(
    'Cannot answer for "revenue": interval=day needs one currency: add currency=…',
  );
});

// 1,024 characters including the quotes around it, as Athena reads them: a quote is doubled, and a key has % as %25.
test.each([
  ["a", 1022],
  ["한", 1022],
  ["'", 511],
  ["%", 340],
])("a filter may be of %j as often as Athena's parameter can hold it, and not once more", (character, times) => {
  const query = (count: number) => `target=${encodeURIComponent(character).repeat(count)}`;
  expect(ask("clicks", query(times)).where).toEqual({ target: character.repeat(times) });
  expect(refusal(() => ask("clicks", query(times + 1)))).toEqual([
    400,
    'Cannot answer for "clicks": the value of target is too long for a filter (about 1024 characters), or no text',
  ]);
});

test("half of a character and the character 0 fit no parameter", () => {
  expect([fitsParameter("\ud83d\ude42"), fitsParameter("\ud83d"), fitsParameter("a\0b")]).toEqual([true, false, false]);
});

test("a refusal repeats 100 characters of what it was given", () => {
  const [just, more] = ["x".repeat(100), "x".repeat(101)];
  expect(refusal(() => ask(just, ""))[1]).toContain(`"${just}"`);
  expect(refusal(() => ask(more, ""))[1]).toContain(`"${just}…"`);
  expect(refusal(() => ask("clicks", `limit=${more}`))[1]).toContain(`limit "${just}…" is no whole number`);
  expect(refusal(() => ask("clicks", `by=${more}`))[1]).toContain(`unknown dimension in by "${just}…"`);
  expect(refusal(() => ask("clicks", `${more}=1`))[1]).toContain(`unknown parameter "${just}…"`);
  expect(refusal(() => ask("clicks", `${more}=1&${more}=1`))[1]).toContain(`"${just}…" is given more than once`);
});

test("a combination that is not kept is refused with those that are", () => {
  expect(refusal(() => ask("app_logs", "by=app,level"))).toEqual([
    400,
    'Cannot answer for "app_logs": it is not kept by app and level together; it is kept by app, service, level, template, service+level',
  ]);
  expect(refusal(() => ask("events", "by=name,name"))[1]).toBe(
    'Cannot answer for "events": by "name,name" names a dimension twice',
  );
});

const refused: [metric: string, query: string, reason: string][] = [
  ["clicks", "from=2026-02-02&to=2026-02-01", "from 2026-02-02 is after to 2026-02-01"],
  ["clicks", "from=2026-11-23", "from 2026-11-23 is after to 2026-11-22"],
  ["clicks", "from=2026-02-30", 'from "2026-02-30" is no date'],
  ["clicks", "from=yesterday", 'from "yesterday" is no date'],
  ["clicks", "to=2026-2-1", 'to "2026-2-1" is no date'],
  ["clicks", "to=10000-01-01", 'to "10000-01-01" is no date'],
  ["clicks", "from=1969-12-31", 'from "1969-12-31" is before 1970-01-01'],
  ["clicks", "from=", 'from "" is no date'],
  ["clicks", "by=colour", 'unknown dimension in by "colour"; its dimensions are target, app'],
  ["clicks", "by=", 'unknown dimension in by ""'],
  ["clicks", "by=target,target", "names a dimension twice"],
  ["clicks", "colour=red", 'unknown parameter "colour"; its dimensions are target, app'],
  ["clicks", "form=2026-01-01", 'unknown parameter "form" (did you mean "from"?); its dimensions are target, app'],
  ["clicks", "by=tagret", 'unknown dimension in by "tagret" (did you mean "target"?)'],
  ["clicks", "__proto__=1", 'unknown parameter "__proto__"'],
  ["clicks", "constructor=1", 'unknown parameter "constructor"'],
  ["clicks", "target=a&target=b", '"target" is given more than once'],
  ["clicks", "from=2026-01-01&from=2026-01-01", '"from" is given more than once'],
  ["clicks", "by=path&target=a", "not kept by path and target together; it is kept by target, app"],
  ["clicks", "interval=year", 'interval "year" is none of hour, day, week, month'],
  ["clicks", "interval=week&from=1970-01-01&to=2070-03-18", "are more than 36600 days, too many for interval=week"],
  ["clicks", "interval=month&from=1970-01-01&to=9999-12-31", "are more than 36600 days, too many for interval=month"],
  ["revenue", "interval=month", "interval=month needs one currency"],
  ["clicks", "interval=hour&from=2026-08-22", "are more than 92 days, too many for interval=hour"],
  ["clicks", "interval=hour&by=target", "interval=hour does not go with target; it is kept by the hour in total, app"],
  ["clicks", "interval=hour&app=web&device=mobile", "interval=hour does not go with app and device; it is kept by"],
  ["clicks", "by=hour", 'unknown dimension in by "hour"; its dimensions are target, app'],
  ["clicks", "hour=3", 'unknown parameter "hour"'],
  ["revenue", "interval=hour", "interval=hour needs one currency"],
  ["clicks", "limit=0", 'limit "0" is not between 1 and 1000'],
  ["clicks", "limit=1001", "is not between 1 and 1000"],
  ["clicks", "limit=ten", 'limit "ten" is no whole number'],
  ["clicks", "offset=-1", 'offset "-1" is no whole number'],
  ["clicks", "offset=10000", 'offset "10000" is not between 0 and 9999'],
  ["clicks", "offset=9951", "offset 9951 and limit 50 go past the 10000 largest groups"],
  ["visitors", "offset=951", "offset 951 and limit 50 go past the 1000 largest groups"],
  ["clicks", "ofset=10", 'did you mean "offset"?'],
  ["clicks", "colour=red", "; its parameters are from, to, by, "],
  ["clicks", "too=2020-01-01", 'did you mean "to"?'],
  ["clicks", "Intervall=day", 'did you mean "interval"?'],
  ["clicks", "lmit=5", 'did you mean "limit"?'],
  ["clicks", "utm_campain=x", 'did you mean "utm_campaign"?'],
  ["clicks", "group_by=path", 'did you mean "by"?'],
  ["clicks", "startDate=2020-01-01", 'did you mean "from"?'],
  ["clicks", "until=2020-01-01", 'did you mean "to"?'],
  ["clicks", "page=2", 'did you mean "offset"?'],
  ["clicks", "from=2000-01-01&interval=day", "more than 3660 days"],
  ["clicks", `target=${"a".repeat(1023)}`, "the value of target is too long"],
  ["clicks", "target=%00", "the value of target is too long for a filter (about 1024 characters), or no text"],
  ["revenue", "currency=WON", 'currency "WON" is no currency of ISO 4217'],
  ["revenue", "currency=ABC", 'currency "ABC" is no currency of ISO 4217'],
  ["payments", "currency=%E2%82%A9", 'currency "₩" is no currency of ISO 4217'],
  ["revenue", "", "kept per currency: add currency=… or put currency into by"],
  ["revenue", "by=target", "kept per currency"],
  ["revenue", "by=currency&interval=day", "interval=day needs one currency"],
];

test.each(refused)("a question to %s with %j is refused", (metric, query, reason) => {
  const [status, message] = refusal(() => ask(metric, query));
  expect(status).toBe(400);
  expect(message).toContain(`Cannot answer for "${metric}": `);
  expect(message).toContain(reason);
});

test("an unknown metric is not found, and the known ones are named", () => {
  expect(refusal(() => ask("nonsense", ""))).toEqual([
    404,
    expect.stringContaining('There is no metric "nonsense"; there are page_views, visits, '),
  ]);
  expect(refusal(() => askLive("nonsense", ""))[0]).toBe(404);
});

test("a live question is about the last half hour, or as many minutes as given", () => {
  expect(askLive("clicks", "")).toMatchObject({ minutes: 30, where: {} });
  expect(askLive("revenue", "currency=KRW&minutes=5")).toMatchObject({ minutes: 5, where: { currency: "KRW" } });
});

test("a live question in groups goes with the filters that the metric is kept by, too", () => {
  const groups = { by: ["target"], breakdown: ["target", "device"], limit: 50, offset: 2, where: { device: "mobile" } };
  expect(askLive("clicks", "by=target&device=mobile&offset=2")).toMatchObject({ minutes: 30, groups });
  expect(askLive("revenue", "by=target&currency=krw").groups?.breakdown).toEqual(["target", "currency"]);
});

test.each([
  ["clicks", "minutes=121", "is not between 1 and 120"],
  ["clicks", "minutes=0", "is not between"],
  ["clicks", "target=a", '"target" is not kept by the minute'],
  ["clicks", "from=2026-01-01", 'unknown parameter "from"'],
  ["revenue", "", "kept per currency: add currency=…"],
  ["revenue", "by=currency", "kept per currency: add currency=…"],
  ["clicks", "by=nothing", 'unknown dimension in by "nothing"'],
  ["clicks", "by=target,target", "names a dimension twice"],
  ["clicks", "by=hour", 'unknown dimension in by "hour"'],
  ["clicks", "by=target&country=KR", "it is not kept by target and country together"],
  ["clicks", "by=target&limit=1001", "is not between 1 and 1000"],
])("a live question to %s with %j is refused", (metric, query, reason) => {
  const [status, message] = refusal(() => askLive(metric, query));
  expect([status, message]).toEqual([400, expect.stringContaining(reason)]);
});

test("any query string is answered or refused with an error of ours, whose message is short", () => {
  const name = fc.oneof(
    fc.constantFrom("from", "to", "by", "interval", "limit", "target", "app", "minutes"),
    fc.string(),
  );
  const value = fc.oneof(fc.constantFrom("2026-01-01", "target", "day", "5"), anyText({ maxLength: 3000 }));
  const query = fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map((pairs) =>
      pairs
        .map(([n, v]) => `${encodeURIComponent(n.toWellFormed())}=${encodeURIComponent(v.toWellFormed())}`)
        .join("&"),
    );
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom("clicks", "revenue", "users"), fc.string()),
      fc.oneof(query, fc.string()),
      (metric, text) => {
        for (const attempt of [() => ask(metric, text), () => askLive(metric, text)]) {
          try {
            attempt();
          } catch (error) {
            if (!(error instanceof HttpError)) throw error;
            expect(error.message.length).toBeLessThan(600);
          }
        }
      },
    ),
    { numRuns: 1000 },
  );
});
