/**
 * Loaded into a process before its program (`shifted-clock.ts?ms=…`): shifts `Date` there and in its threads. Timers
 * stay real.
 */
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

const shift = Number(new URL(import.meta.url).searchParams.get("ms"));
const RealDate = globalThis.Date;
const now = () => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});

threads.Worker = class extends threads.Worker {
  constructor(file: string | URL, options?: threads.WorkerOptions) {
    super(file, { ...options, execArgv: [`--import=${import.meta.url}`] });
  }
};
syncBuiltinESMExports();
