/**
 * What a user agent says: device, browser, OS, robot or not. Only names from bowser's own lists are used: anyone can
 * send any text as a user agent, and each new value would create a counter.
 */
import Bowser from "bowser";
import { cached } from "../../cache.ts";
import { isBot } from "./bot.ts";

export type UserAgent = { device?: string; browser?: string; os?: string; isBot: boolean };

// Longer ones occur only in attacks, and the patterns need not run over all of them.
const MAX_LENGTH = 1024;
const browsers = new Set(Object.values(Bowser.BROWSER_MAP));
const systems = new Set(Object.values(Bowser.OS_MAP));
const devices = new Set(Object.values(Bowser.PLATFORMS_MAP));

/** Describes a user agent; an empty or unknown one has no device, browser or OS. */
export const describeUserAgent: (userAgent: string) => UserAgent = cached(1000, describe);

function describe(userAgent: string): UserAgent {
  const text = userAgent.slice(0, MAX_LENGTH);
  if (text.trim() === "") return { isBot: false };
  const { browser, os, platform } = Bowser.parse(text);
  return {
    ...pick("device", platform.type, devices),
    ...pick("browser", browser.name, browsers),
    ...pick("os", os.name, systems),
    isBot: isBot(text),
  };
}

function pick(field: "device" | "browser" | "os", value: string | undefined, known: ReadonlySet<string>) {
  return value !== undefined && known.has(value) ? { [field]: value } : {};
}
