/**
 * Believable numbers for an internship board, the same on every run: a metric's number on a day, and its breakdowns.
 */
import { DAY_MS } from "../../src/metrics/time-bucket.ts";

const aDay: Record<string, number> = {
  page_views: 5200,
  clicks: 1460,
  impressions: 9800,
  logins: 310,
  payments: 46,
  revenue: 46 * 29_000,
  events: 18_400,
  visitors: 1730,
  visits: 2140,
  users: 290,
  requests: 21_000,
  errors: 12,
};

const shares: Record<string, Record<string, number>> = {
  path: {
    "/": 0.31,
    "/postings": 0.24,
    "/postings/backend-seoul": 0.11,
    "/postings/data-busan": 0.09,
    "/apply": 0.07,
    "/companies": 0.05,
    "/login": 0.05,
    "/postings/designer-remote": 0.04,
    "/about": 0.02,
    "/faq": 0.01,
    "/privacy": 0.007,
    "": 0.003,
  },
  host: { "intern.example.com": 0.93, "m.intern.example.com": 0.07 },
  app: { web: 1 },
  referrer_host: {
    "": 0.41,
    "www.google.com": 0.27,
    "search.naver.com": 0.19,
    "linkedin.com": 0.07,
    "github.com": 0.04,
    "news.hada.io": 0.02,
  },
  channel: { direct: 0.36, search: 0.44, social: 0.12, referral: 0.06, email: 0.02 },
  utm_source: { "": 0.72, newsletter: 0.16, instagram: 0.12 },
  utm_campaign: { "": 0.74, "summer-2026": 0.16, "campus-tour": 0.1 },
  country: { KR: 0.78, US: 0.08, JP: 0.06, VN: 0.04, DE: 0.03, "": 0.01 },
  language: { ko: 0.81, en: 0.1, ja: 0.04, vi: 0.03, yue: 0.01, "": 0.01 },
  device: { mobile: 0.58, desktop: 0.38, tablet: 0.04 },
  browser: { Chrome: 0.52, Safari: 0.27, "Samsung Internet": 0.12, Edge: 0.06, Firefox: 0.03 },
  os: { Android: 0.36, iOS: 0.25, Windows: 0.24, macOS: 0.12, Linux: 0.03 },
  target: {
    apply: 0.34,
    save: 0.22,
    "backend-seoul": 0.16,
    "data-busan": 0.12,
    share: 0.09,
    '=HYPERLINK("http://evil.test","free")': 0.04,
    "designer-remote": 0.03,
  },
  name: { impression: 0.53, page_view: 0.28, click: 0.08, scroll_depth: 0.06, login: 0.03, payment: 0.02 },
  currency: { KRW: 0.9, USD: 0.07, JPY: 0.03 },
  status: { "200": 0.86, "304": 0.08, "404": 0.04, "301": 0.015, "500": 0.005 },
  method: { GET: 0.94, POST: 0.06 },
};

/** The shares of a dimension's values; they add up to about 1. */
export function sharesOf(dimension: string): Record<string, number> {
  return shares[dimension] ?? { "": 1 };
}

/**
 * A metric's number on a day: grows over the years, drops at weekends, and is never the same twice. 0 before the first
 * day.
 */
export function numberOn(metric: string, day: string, firstDay: string): number {
  if (day < firstDay) return 0;
  const since = (Date.parse(day) - Date.parse(firstDay)) / DAY_MS;
  const weekday = new Date(day).getUTCDay();
  const weekend = weekday === 0 || weekday === 6 ? 0.62 : 1;
  const season = 1 + 0.18 * Math.sin(since / 29) + 0.1 * Math.sin(since / 7.3);
  const rush = since % 97 > 93 ? 1.7 : 1;
  const noise = 0.9 + 0.2 * ((Math.sin(since * 12.9898 + metric.length * 78.233) * 43758.5453) % 1) ** 2;
  return Math.round(4 * (aDay[metric] ?? 100) * (0.35 + since / 1500) * weekend * season * rush * noise);
}
