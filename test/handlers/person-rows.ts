/**
 * A person `p` among others in a day's files, and what is left of them: for the erasure tests, with the stage of
 * stage-days.ts.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "../../src/athena-queries/sql.ts";
import { createAthena } from "../../src/aws/athena.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { day, stage } from "./stage-days.ts";

export const click = (visitor: string, changes: Parameters<typeof clickRow>[0] = {}) =>
  clickRow({ occurred_at: `${day}T03:00:00.000Z`, visitor_id: visitor, ...changes });

export const athena = () =>
  createAthena({ client: stage.athenaClient, workGroup: "daymark-test", database: "daymark_test" });
export async function visitors(of = day): Promise<(string | null | undefined)[]> {
  const rows = await athena().run(sql`select visitor_id, event_id from events where dt = ${of} order by 1, 2`);
  return rows.map((row) => row.visitor_id);
}
/** The visitors of the events that were written when the day was sealed. */
export async function dailyVisitors(of = day): Promise<(string | null | undefined)[]> {
  const rows = await athena().run(sql`select visitor_id from daily_events where dt = ${of} order by 1`);
  return rows.map((row) => row.visitor_id);
}
export const bucket = () => join(stage.home, "s3/daymark-test-lake");
export const files = async (prefix: string) =>
  (await readdir(join(bucket(), prefix), { recursive: true }).catch(() => [])).filter((name) => /\.\w+$/.test(name));

/** Three files: one with only others, one mixed, one with only the person. */
export async function takeThree() {
  await stage.take([click("a"), click("b")]);
  await stage.take([click("p"), click("c")], [click("p"), click("d")]);
  await stage.take([click("p")]);
}

/** A call that fails for good, however often the SDK retries. */
export function faultAt({ operation, skip }: { operation: string; skip: number }) {
  if (operation.startsWith("alter")) return { point: `athena.${operation}`, action: "error" as const, skip };
  const point = operation === "UpdateItem" ? "dynamodb.before" : "s3.request";
  return { point, action: "error" as const, skip, status: 400, code: "AccessDenied", where: { operation } };
}
