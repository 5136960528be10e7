/**
 * Ids for events and batches. The server recognises copies of a batch by the time in its id, however late they arrive.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */

/** A version 7 UUID with the current time, or another one in epoch ms; sorted as text, the ids are in order of time. */
export const uuidV7 = (time = Date.now()): string => {
  const digits = time.toString(16).padStart(12, "0");
  // Made by hand: `crypto.randomUUID` makes version 4, and only on pages with TLS. These ids need not be unguessable.
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7xxx-axxx-xxxxxxxxxxxx`.replace(/x/g, () =>
    ((Math.random() * 16) | 0).toString(16),
  );
};
