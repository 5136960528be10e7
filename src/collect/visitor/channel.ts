/**
 * The channel that brought someone to a page, derived from the link's campaign fields first, and otherwise from the
 * referrer's host.
 */
import { cached } from "../../cache.ts";
import { channelOfHost, channelOfSite, type HostChannel } from "./channel-hosts.ts";

export type Channel = HostChannel | "direct" | "internal" | "paid" | "campaign";
type Arrival = {
  referrerHost?: string | undefined;
  host?: string | undefined;
  /** From the link: its `utm_source`, `utm_medium` and `utm_campaign`. */
  source?: string | undefined;
  medium?: string | undefined;
  campaign?: string | undefined;
  isPaid: boolean;
};

// The values of utm_medium that are in use; the channel groups of Google Analytics accept the same.
// https://support.google.com/analytics/answer/9756891
const media = new Map<string, Channel>([
  ...mediaOf("paid", "ppc", "cpm", "cpv", "cpa", "retargeting", "display", "banner", "interstitial"),
  ...mediaOf("email", "email", "e-mail", "e_mail", "e mail", "newsletter"),
  ...mediaOf(
    "social",
    "social",
    "sm",
    ...["network", "media"].flatMap((word) => ["", "-", "_", " "].map((gap) => `social${gap}${word}`)),
  ),
  ...mediaOf("search", "organic"),
  ...mediaOf("referral", "referral", "affiliate", "affiliates", "partner", "link"),
]);

function mediaOf(channel: Channel, ...names: string[]): [string, Channel][] {
  return names.map((name) => [name, channel]);
}

/**
 * The channel of an arrival. Without a referrer it is `direct`, or `campaign` if the link names a campaign but not how
 * it was shared. From the same host it is `internal`.
 */
export function channelOf({ referrerHost, host, source, medium, campaign, isPaid }: Arrival): Channel {
  const named = channelOfMedium(medium);
  if (named !== undefined) return named;
  if (isPaid) return "paid";
  const bySource = source === undefined ? null : channelOfSource(source);
  if (bySource !== null) return bySource;
  if (referrerHost === undefined) return (source ?? medium ?? campaign) === undefined ? "direct" : "campaign";
  return referrerHost === host ? "internal" : (channelOfHost(referrerHost) ?? "referral");
}

function channelOfMedium(medium: string | undefined): Channel | undefined {
  if (medium === undefined) return undefined;
  const name = medium.toLowerCase();
  return name.includes("cpc") || name.startsWith("paid") ? "paid" : media.get(name);
}

/**
 * Assistants put their host in `utm_source` (`chatgpt.com`); people mostly leave out its ending (`instagram`, `band`,
 * `newsletter`).
 */
const channelOfSource = cached(1000, (source): Channel | null => {
  const name = source.toLowerCase();
  return channelOfSite(name) ?? channelOfMedium(name) ?? null;
});
