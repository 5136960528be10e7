/** What every refusal answers, as `application/problem+json`. https://www.rfc-editor.org/rfc/rfc9457 */
import * as z from "zod/mini";
import { problems } from "../problems.ts";
import { collectAnswer } from "./collect-answer.ts";

const members = {
  /** The same for all problems of a kind. */
  type: z.string(),
  title: z.string(),
  /** The HTTP status. */
  status: z.int(),
  /** What was wrong this time, for people. */
  detail: z.string(),
  /** The kind of problem, for programs. */
  code: z.literal(Object.keys(problems)),
  /** The request's id in the logs; also in the header `apigw-requestid` of every answer. */
  request_id: z.optional(z.string()),
  /** On a single machine, what is wrong with it: a full disk, a damaged file. */
  problems: z.optional(z.array(z.string())),
  /** With `wrong_timezone`, the time zone of the stage and that of the table's days. */
  timezone: z.optional(z.string()),
  table_timezone: z.optional(z.string()),
};

export const problem = z.object(members);

/** `no_event_accepted`: the events that were not accepted, as beside accepted ones. */
export const noneAccepted = z.object({ ...members, ...collectAnswer.shape });
