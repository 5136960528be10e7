/**
 * What is wrong with this machine now, or was found wrong since the start: logged once when it begins, and reported in
 * the status and the health as long as it lasts.
 */
export type Trouble = {
  /** For everybody: what it is, without file names. */
  summary: string;
  /** For the owner's log. */
  detail: string;
  /**
   * `damage` was found and is over; `unwritable` things cannot store anything for now; `gone` ones cannot be read
   * either.
   */
  kind: "damage" | "unwritable" | "gone";
};
export type Troubles = {
  /** Sets what is wrong with `topic`, or that nothing is wrong any more. */
  set(topic: string, trouble: Trouble | undefined): void;
  readonly all: readonly Trouble[];
  /** Checks now; otherwise, `all` may be a few seconds old. */
  check(): Promise<void>;
  /** Makes `check` call `look`. */
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
