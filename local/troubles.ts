/**
 * What is wrong with this machine at the moment, or was found to be since the start: said once in the log when it
 * begins, and in the status and the health for as long as it lasts.
 */

export type Trouble = {
  /** For everybody: what it is, without names of files. */
  summary: string;
  /** For the owner's log. */
  detail: string;
  /**
   * `damage` was found and is over; what is `unwritable` keeps nothing for now; what is `gone` cannot be read either.
   */
  kind: "damage" | "unwritable" | "gone";
};
export type Troubles = {
  /** Sets what is wrong with `topic`, or that nothing is any more. */
  set(topic: string, trouble: Trouble | undefined): void;
  readonly all: readonly Trouble[];
  /** Looks now; until then, what is wrong may be some seconds old. */
  check(): Promise<void>;
  /** Has `look` called by `check`. */
  onCheck(look: () => Promise<void>): void;
};

export function createTroubles(warn: (message: string) => void): Troubles {
  const current = new Map<string, Trouble>();
  const looks: (() => Promise<void>)[] = [];
  return {
    set(topic, trouble) {
      const before = current.get(topic);
      if (trouble) current.set(topic, trouble);
      else current.delete(topic);
      if (trouble && trouble.detail !== before?.detail) warn(trouble.detail);
      if (!trouble && before) warn(`No more: ${before.summary}`);
    },
    get all() {
      return [...current.values()];
    },
    async check() {
      await Promise.all(looks.map((look) => look()));
    },
    onCheck(look) {
      looks.push(look);
    },
  };
}
