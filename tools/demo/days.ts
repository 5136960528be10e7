/**
 * How busy the board is: weekdays and hours of students in Korea, growing over time, with one campaign in the past as
 * well.
 */
import type { Random } from "../random.ts";

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

const hours = [3, 2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 10, 11, 11, 10, 9, 9, 10, 12, 13, 11, 7];
const weekdays = [0.7, 1.15, 1.2, 1.15, 1.05, 0.9, 0.6];
const allHours = hours.reduce((sum, weight) => sum + weight, 0);

export type Visitation = { start: number; isCampaign: boolean };

/**
 * When people visit on the day that begins at `midnight`, up to `until`; it is `daysAgo` days ago, and the last day has
 * about `visits` visits.
 */
export function visitations(
  random: Random,
  { midnight, until, daysAgo, visits }: { midnight: number; until: number; daysAgo: number; visits: number },
): Visitation[] {
  // The zone's weekday: at noon there, it is the same day in UTC for zones up to twelve hours away.
  const weekday = new Date(midnight + 12 * hourMs).getUTCDay();
  const usual = visits * (weekdays[weekday] ?? 1) * 0.985 ** daysAgo * (0.9 + random() * 0.2);
  const starts: Visitation[] = [];
  for (const [hour, weight] of hours.entries()) {
    const isRush = daysAgo === 9 && hour >= 12 && hour < 15;
    const expected = usual * (weight / allHours) * (isRush ? 9 : 1);
    for (let n = 0; n < expected - random(); n++) {
      const start = Math.round(midnight + (hour + random()) * hourMs);
      if (start < until) starts.push({ start, isCampaign: isRush && random() < 0.9 });
    }
  }
  return starts.sort((a, b) => a.start - b.start);
}
