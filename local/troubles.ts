/**
 * What is wrong with this machine at the moment, or was found to be since the start: said once in the log when it begins, and in
 * the status and the health for as long as it lasts.
 */

export type Trouble = {
  /** For everybody: what it is, without names of files. */
  summary: string;
  /** For the owner's log. */
  detail: string;
  /** Nothing can be kept or read until it is over. */
  isFatal?: boolean;
};
export type Troubles = {
  /** Sets what is wrong with `topic`, or that nothing is any more. */
  set(topic: string, trouble: Trouble | undefined): void;
  readonly all: readonly Trouble[];
};

export function createTroubles(warn: (message: string) => void): Troubles {
  const current = new Map<string, Trouble>();
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
  };
}
