/** Who visits the demo's job board: their browser, country and language, and where they came from. */
import { pickWeighted, type Random, timedUuid } from "../random.ts";

export type Person = { visitor: string; userAgent: string; country: string; language: string };
export type Arrival = { referrer?: string; query?: string };

const chrome = (platform: string, rest = "") =>
  `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 ${rest}Safari/537.36`;
const safari = (platform: string, rest: string) =>
  `Mozilla/5.0 (${platform}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 ${rest}`;

const windows = chrome("Windows NT 10.0; Win64; x64");
const android = chrome("Linux; Android 10; K", "Mobile ");
const iphone = safari("iPhone; CPU iPhone OS 18_7 like Mac OS X", "Mobile/15E148 Safari/604.1");
const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0";
const ipad = safari("iPad; CPU OS 18_7 like Mac OS X", "Mobile/15E148 Safari/604.1");
const samsung = `${android.replace("Mobile Safari", "SamsungBrowser/29.0 Mobile Safari")}`;

/**
 * Browser, country and language together. The first two are headers of a request, so few combinations make few
 * requests.
 */
const clients = [
  [24, windows, "KR", "ko-KR"],
  [18, android, "KR", "ko-KR"],
  [14, iphone, "KR", "ko-KR"],
  [6, samsung, "KR", "ko-KR"],
  [8, chrome("Macintosh; Intel Mac OS X 10_15_7"), "US", "en-US"],
  [7, iphone, "JP", "ja-JP"],
  [6, android, "VN", "vi-VN"],
  [5, firefox, "DE", "de-DE"],
  [4, safari("Macintosh; Intel Mac OS X 10_15_7", "Safari/605.1.15"), "GB", "en-GB"],
  [3, ipad, "JP", "ja-JP"],
  [3, android, "IN", "en-IN"],
] as const;

const arrivals: readonly (readonly [number, Arrival])[] = [
  [30, {}],
  [26, { referrer: "https://www.google.com/" }],
  [14, { referrer: "https://search.naver.com/search.naver" }],
  [7, { referrer: "https://www.linkedin.com/" }],
  [6, { referrer: "https://www.instagram.com/" }],
  [5, { referrer: "https://everytime.kr/" }],
  [4, { referrer: "https://news.ycombinator.com/" }],
  [8, { query: "?utm_source=newsletter&utm_medium=email&utm_campaign=weekly-postings" }],
];

/** The rush: an e-mail to a hundred thousand students, all on their phones at once. */
export const campaign: Arrival = { query: "?utm_source=campus-mail&utm_medium=email&utm_campaign=campus-week" };

/** Somebody new, or one of `regulars` again. */
export function meetPerson(random: Random, regulars: Person[], now: number): Person {
  const known = regulars[Math.floor(random() * regulars.length)];
  if (known !== undefined && random() < 0.35) return known;
  const kinds = clients.map(
    ([weight, userAgent, country, language]) => [weight, { userAgent, country, language }] as const,
  );
  const person = {
    visitor: timedUuid(random, now),
    ...(pickWeighted(random, kinds) ?? { userAgent: windows, country: "KR", language: "ko-KR" }),
  };
  if (regulars.length < 5000) regulars.push(person);
  return person;
}

export function pickArrival(random: Random): Arrival {
  return pickWeighted(random, arrivals) ?? {};
}
