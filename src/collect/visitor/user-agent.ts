/**
 * What a user agent says: device, browser, OS, robot or not. Only names from fixed lists are used: anyone can
 * send any text as a user agent, and each new value would create a counter. Those of apps are in in-app.ts.
 */
import Bowser from "bowser";
import { cached } from "../../cache.ts";
import { isBot } from "./bot.ts";
import { inAppBrowser } from "./in-app.ts";

export type UserAgent = { device?: string; browser?: string; os?: string; isBot: boolean };

// Longer ones occur only in attacks, and the patterns need not run over all of them.
export const MAX_USER_AGENT_LENGTH = 256;
/** No name is as long, and some patterns look through such a word from each of its letters. */
const longWord = /\b\w{64,}/g;
const browsers = new Set(Object.values(Bowser.BROWSER_MAP));
const systems = new Set(Object.values(Bowser.OS_MAP));
const devices = new Set(Object.values(Bowser.PLATFORMS_MAP));

/**
 * Mail services that fetch a mail's pictures when somebody reads it: they stand for that person, and say nothing of the
 * person's device.
 */
const mailReader = /\b(?:[A-Za-z]{1,40}(?:Image|E?[Mm]ail)Proxy|NaverMailApp)\b/;

/** Describes a user agent; an empty or unknown one has no device, browser or OS. */
export function describeUserAgent(userAgent: string): UserAgent {
  return describeStart(userAgent.slice(0, MAX_USER_AGENT_LENGTH));
}

const describeStart = cached(1000, describe);

function describe(start: string): UserAgent {
  const text = start.replace(longWord, "");
  if (text.trim() === "" || mailReader.test(text)) return { isBot: false };
  // Asked one by one, it does not look for the engine.
  const parser = Bowser.getParser(text, true);
  const [browser, os, platform] = [parser.getBrowser(), parser.getOS(), parser.getPlatform()];
  const app = inAppBrowser(text);
  return {
    // Bowser knows no kind of device for Chrome OS.
    ...pick("device", platform.type ?? (os.name === "Chrome OS" ? "desktop" : undefined), devices),
    ...(app === undefined ? pick("browser", browser.name, browsers) : { browser: app }),
    ...pick("os", os.name, systems),
    isBot: isBot(text) || platform.type === "bot",
  };
}

function pick(field: "device" | "browser" | "os", value: string | undefined, known: ReadonlySet<string>) {
  return value !== undefined && known.has(value) ? { [field]: value } : {};
}
