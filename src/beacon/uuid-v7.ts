/**
 * Ids for events and batches. The server finds copies of a batch by the time inside its id, however late they come.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */

/** A version 7 UUID, of now or another time in epoch ms; in their order as text they are in the order of time. */
export const uuidV7 = (time = Date.now()): string => {
  const digits = time.toString(16).padStart(12, "0");
  // By hand: `crypto.randomUUID` makes version 4, and only on pages with TLS. No secret hangs on these.
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7xxx-axxx-xxxxxxxxxxxx`.replace(/x/g, () =>
    ((Math.random() * 16) | 0).toString(16),
  );
};
