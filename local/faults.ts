/**
 * The switch for breaking things on purpose. Services call `faults.check("firehose.put", { … })` at named points and
 * obey: they throw, wait, fail some entries, or die. Without rules, a check is a single comparison. Tests set rules in
 * the same process; the endpoint offers the same as `POST /_daymark/faults`.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { AwsError } from "./endpoint/aws-error.ts";

const ruleSchema = z.strictObject({
  point: z.string().refine((text) => text !== "", "must not be empty"),
  action: z.enum(["error", "partial", "delay", "exit"]),
  /** How likely the rule is to apply when its point is passed. */
  probability: z.number().min(0).max(1).default(1),
  /** How often it applies before it is used up, and how many passes it lets through first. */
  times: z.number().int().positive().optional(),
  skip: z.number().int().nonnegative().default(0),
  code: z.string().default("ServiceUnavailableException"),
  status: z.number().int().min(400).max(599).default(503),
  delayMs: z.number().nonnegative().default(100),
  /** Which entries a partial failure hits; a random non-empty subset if absent. */
  indexes: z.array(z.number().int().nonnegative()).optional(),
  /**
   * Applies only if the context has these values, for instance { "stream": "daymark-local-events-0" }; "SET a*" matches
   * any text that starts with "SET a".
   */
  where: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
type Rule = z.infer<typeof ruleSchema>;

export type FaultRule = z.input<typeof ruleSchema>;
/** The operation; `count` is the number of entries from which a partial failure can choose. */
export type FaultContext = Record<string, unknown> & { count?: number };
/** A partial failure for the service to carry out: these entries fail with this code. */
export type PartialFailure = { indexes: Set<number>; code: string };

export type Faults = {
  /**
   * Replaces all rules, and ends their delays. Takes the unchecked wire input; throws a ValidationException if it is
   * wrong.
   */
  set(rules: unknown): void;
  /** How often each point was passed while rules were set, and how often a rule applied there. */
  report(): Record<string, { passed: number; applied: number }>;
  /** Undefined (not a promise) if there is no rule at all, so that a hot path can continue without waiting. */
  check(point: string, context?: FaultContext): Promise<PartialFailure | undefined> | undefined;
};

/** A fault switch without rules. `random` can be seeded; `exit` ends the process like `kill -9`. */
export function createFaults({ random = Math.random, exit = killProcess } = {}): Faults {
  let rules: (Rule & { passed: number; applied: number })[] = [];
  let delays = startDelays();
  const points = new Map<string, { passed: number; applied: number }>();
  return {
    set(input) {
      rules = parseRules(input).map((rule) => ({ ...rule, passed: 0, applied: 0 }));
      points.clear();
      delays.abort();
      delays = startDelays();
    },
    report: () => Object.fromEntries(points),
    check(point, context = {}) {
      return rules.length === 0 ? undefined : applyRules(point, context);
    },
  };

  async function applyRules(point: string, context: FaultContext): Promise<PartialFailure | undefined> {
    const seen = points.get(point) ?? { passed: 0, applied: 0 };
    points.set(point, seen);
    seen.passed++;
    let partial: PartialFailure | undefined;
    for (const rule of rules) {
      if (rule.point !== point || !matches(rule, context) || !isDue(rule)) continue;
      seen.applied++;
      partial = (await act(rule, context)) ?? partial;
    }
    return partial;
  }

  function isDue(rule: (typeof rules)[number]): boolean {
    if (rule.passed++ < rule.skip || rule.applied >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
    if (random() >= rule.probability) return false;
    rule.applied++;
    return true;
  }

  async function act(rule: Rule, context: FaultContext): Promise<PartialFailure | undefined> {
    if (rule.action === "delay") await wait(rule.delayMs, undefined, { signal: delays.signal }).catch(() => {});
    if (rule.action === "exit") exit();
    if (rule.action === "error")
      throw new AwsError(rule.code, `Injected fault at ${rule.point}`, { status: rule.status });
    if (rule.action === "partial") return { indexes: chooseIndexes(rule, context.count ?? 0), code: rule.code };
    return undefined;
  }

  function chooseIndexes(rule: Rule, count: number): Set<number> {
    if (rule.indexes) return new Set(rule.indexes.filter((index) => index < count));
    const chosen = Array.from({ length: count }, (_, index) => index).filter(() => random() < 0.5);
    return new Set(chosen.length > 0 || count === 0 ? chosen : [Math.floor(random() * count)]);
  }
}

/** Ends all delays that were started under the same rules. */
function startDelays(): AbortController {
  const controller = new AbortController();
  // Any number of calls may be delayed at once.
  setMaxListeners(0, controller.signal);
  return controller;
}

function parseRules(input: unknown): Rule[] {
  const result = z.array(ruleSchema).safeParse(input);
  if (result.success) return result.data;
  throw new AwsError("ValidationException", `Cannot set faults: ${z.prettifyError(result.error)}`);
}

function matches(rule: Rule, context: FaultContext): boolean {
  return Object.entries(rule.where).every(([key, value]) => {
    const found = context[key];
    if (typeof value !== "string" || !value.endsWith("*")) return found === value;
    return typeof found === "string" && found.startsWith(value.slice(0, -1));
  });
}

function killProcess(): void {
  process.kill(process.pid, "SIGKILL");
}
