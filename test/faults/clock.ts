/** A clock that a history sets, forwards and backwards: `Date` in this process. Timers stay real. */
const RealDate = globalThis.Date;

/** Replaces `Date` until it is disposed. */
export function startClock(start: number) {
  let now = start;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now] : args, newTarget),
    get: (target, name, receiver) => (name === "now" ? () => now : Reflect.get(target, name, receiver)),
  });
  return {
    now: () => now,
    set: (at: number) => {
      now = at;
    },
    [Symbol.dispose]: () => {
      globalThis.Date = RealDate;
    },
  };
}
