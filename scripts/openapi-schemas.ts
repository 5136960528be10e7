/** The parts of the OpenAPI document that come from the schemas: events, batches, answers, and query parameters. */
import * as z from "zod";
import { newShareAnswer, sessionAnswer, shareRequest, sharesAnswer } from "../src/schemas/api/access.ts";
import {
  liveAnswer,
  liveGroupsAnswer,
  metricAnswer,
  metricsAnswer,
  runningAnswer,
  statusAnswer,
} from "../src/schemas/api/answer.ts";
import { collectAnswer } from "../src/schemas/api/collect-answer.ts";
import { collectEnvelope, MAX_EVENTS } from "../src/schemas/api/collect-request.ts";
import { healthAnswer } from "../src/schemas/api/health-answer.ts";
import { noneAccepted, problem } from "../src/schemas/api/problem.ts";
import { customEvent } from "../src/schemas/events/custom-event.ts";
import { eventTypes } from "../src/schemas/events/event.ts";
import { expected } from "../src/schemas/events/fields.ts";

export type Json = Record<string, unknown>;
type Schema = z.core.$ZodType;
type ObjectSchema = Json & { properties: Json };

const eventNames = Object.keys(eventTypes);
const componentOf = (event: string) => event.replace(/(^|_)([a-z])/g, (_, _before, letter) => letter.toUpperCase());

/** A reference to a schema of `components`. */
export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** Everything under `components.schemas`. */
export function componentSchemas(): Json {
  return { ...eventSchemas(), EventBatch: batchSchema(), ...answerSchemas() };
}

function eventSchemas(): Json {
  const known = Object.entries(eventTypes).map(([name, schema]) => [componentOf(name), eventSchema(schema)]);
  const custom = eventSchema(customEvent);
  const name = { ...((custom.properties as Json).name as Json), not: { enum: eventNames } };
  return {
    ...Object.fromEntries(known),
    CustomEvent: { ...custom, properties: { ...custom.properties, name } },
    Event: { anyOf: [...eventNames.map(componentOf), "CustomEvent"].map(ref) },
  };
}

/** Unlisted fields are accepted as properties. */
function eventSchema(schema: Schema): ObjectSchema {
  const { properties, ...rest } = inputSchema(schema);
  return { ...rest, properties: described(properties), additionalProperties: true };
}

function described(properties: Json): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([field, schema]) => {
      const must = expected.get(field);
      return [
        field,
        must === undefined || field === "name" ? schema : { description: capital(must), ...(schema as Json) },
      ];
    }),
  );
}

function batchSchema(): Json {
  const { properties, ...rest } = inputSchema(collectEnvelope);
  const events = { type: "array", minItems: 1, maxItems: MAX_EVENTS, items: ref("Event") };
  return { ...rest, properties: { ...described(properties), events } };
}

function answerSchemas(): Json {
  const schemas = {
    CollectAnswer: collectAnswer,
    Problem: problem,
    NoneAccepted: noneAccepted,
    Metrics: metricsAnswer,
    Metric: metricAnswer,
    Running: runningAnswer,
    Live: liveAnswer,
    LiveGroups: liveGroupsAnswer,
    Status: statusAnswer,
    Health: healthAnswer,
    Session: sessionAnswer,
    ShareRequest: shareRequest,
    NewShare: newShareAnswer,
    Shares: sharesAnswer,
  };
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, outputSchema(schema)]));
}

/** The parameters of the pixel: the fields of an event, as text. */
export function pixelParameters(): Json[] {
  const { properties } = inputSchema(customEvent);
  return Object.keys(properties).map((field) => ({
    name: field,
    in: "query",
    required: field === "name",
    description: capital(expected.get(field) ?? field),
    schema: { type: "string" },
  }));
}

const meaning: Record<string, string> = {
  from: "First day, YYYY-MM-DD; the same as `to` when it is missing",
  to: "Last day, YYYY-MM-DD; today when it is missing",
  by: "Dimensions to group by, several joined by a comma",
  interval:
    "A series by `hour` (of 92 days at most, in total or by what `hourly` names), `day` (of 3,660), `week` (from Monday) or `month` (of 36,600)",
  limit: "Most groups, 1 to 1000; 50 when it is missing",
  offset: "How many of the largest groups to pass over; 0 when it is missing. `groups_total` says how many there are",
  minutes: "How many minutes, 1 to 120; 30 when it is missing",
};

/** The parameters that a schema of src/schemas/api/question.ts checks. */
export function queryParameters(schema: Schema): Json[] {
  const { properties } = inputSchema(schema);
  return Object.entries(properties).map(([name, value]) => ({
    name,
    in: "query",
    description: meaning[name] ?? name,
    schema: value,
  }));
}

/** A filter for each dimension. */
export function filterParameters(dimensions: readonly string[]): Json[] {
  return dimensions.map((name) => ({
    name,
    in: "query",
    description: `Only events with this ${name}`,
    schema: { type: "string" },
  }));
}

/** The metric in the path. */
export function metricParameter(): Json {
  return {
    name: "metric",
    in: "path",
    required: true,
    description: "A name from /v1/metrics",
    schema: { type: "string" },
  };
}

function inputSchema(schema: Schema): ObjectSchema {
  const { $schema: _, properties = {}, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return { ...rest, properties };
}

/** Integers in answers are exact beyond a double's range, so they have no bounds. */
function outputSchema(schema: Schema): Json {
  const unbounded = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum !== Number.MAX_SAFE_INTEGER) return;
    delete jsonSchema.maximum;
    jsonSchema.description ??=
      "Whole, of any size: past 2^53 it still has all its digits, for a parser that keeps them";
  };
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "output", override: unbounded });
  return rest;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
