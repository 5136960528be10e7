/** A time (epoch ms) as the access logs of nginx and Apache have it: `22/Nov/2026:10:05:03 +0000`. */
export function clfTime(time: number): string {
  const [, day, month, year, clock] = /, (\d\d) (\w{3}) (\d{4}) (\S+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}
