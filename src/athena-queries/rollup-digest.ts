/**
 * The digests of the days' rollups, breakdown by breakdown, to be compared with the days' blocks: see
 * `src/metrics/digest.ts`.
 */
import * as z from "zod/mini";
import { WEIGHT_DIGITS } from "../metrics/digest.ts";
import { join, raw, type Sql, sql } from "./sql.ts";

/** `total` and `weighted` are whole numbers as text. */
export const rollupDigestRow = z.object({
  dt: z.string(),
  metric: z.string(),
  dimensions: z.string(),
  total: z.string(),
  weighted: z.string(),
});

/** A row for each day and each of its breakdowns that has any value. */
export function rollupDigest(days: readonly string[]): Sql {
  return sql`
select
  dt,
  metric,
  dimensions,
  cast(sum(value) as varchar) as total,
  cast(sum(value * weight) as varchar) as weighted
from (
  select
    dt,
    metric,
    dimensions,
    coalesce(amount, cast(value as decimal(38, 0))) as value,
    cast(1 + ${raw(weight())} as decimal(9, 0)) as weight
  from (
    select dt, metric, dimensions, amount, value, to_hex(md5(to_utf8(keys))) as hashed
    from rollups
    where dt in (${join(days, ", ")}) and events > 0
  ) as hashed
) as weighed
group by dt, metric, dimensions
`;
}

/** The number that the first digits of the hash represent. */
function weight(): string {
  const digit = (at: number) => `(strpos('0123456789ABCDEF', substr(hashed, ${at + 1}, 1)) - 1)`;
  return Array.from({ length: WEIGHT_DIGITS }, (_, at) => `${digit(at)} * ${16 ** (WEIGHT_DIGITS - 1 - at)}`).join(
    " + ",
  );
}
