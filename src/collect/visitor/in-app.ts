/**
 * Browsers inside of apps. Bowser takes them for the browser that they are built from, and what they add names the
 * phone and its carrier: words which may be a robot's (`FBCR/Google Fi`, `Google; Pixel 6`).
 */

/** The first that matches names the app. */
const apps: readonly (readonly [string, RegExp])[] = [
  ["KakaoTalk", /\bKAKAOTALK[ /]\d/],
  ["Naver", /\bNAVER\(inapp/],
  ["BAND", / BAND\/\d/],
  ["Daum", / DaumApps\/\d/],
  ["LINE", / Line\/\d/],
  ["Instagram", / Instagram \d/],
  ["Threads", / Barcelona \d/],
  ["Messenger", /\[(?:FBAN\/Messenger|FB_IAB\/(?:Orca|MESSENGER))/],
  ["Facebook", /\[FB(?:AN|AV|_IAB)\//],
  ["TikTok", / (?:musical_ly|trill|BytedanceWebview)[_/]/],
  ["Snapchat", / Snapchat\/\d/],
];
const additions = /\[FB(?:AN|AV|_IAB)\/[^\]]*\]?|(?: Instagram| Barcelona) \d[\d.]* (?:Android )?\([^)]*\)?/g;

/** The name of the app, undefined for a browser that is none. */
export function inAppBrowser(userAgent: string): string | undefined {
  return apps.find(([, pattern]) => pattern.test(userAgent))?.[0];
}

/** The user agent without what the app adds. */
export function withoutAdditions(userAgent: string): string {
  return userAgent.replace(additions, "").trim();
}
