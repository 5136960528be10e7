/**
 * Ids for events and batches. The server recognises copies of a batch by the time in its id, however late they arrive.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */

/**
 * A version 7 UUID with the current time, or one that is some milliseconds ago; sorted as text, the ids are in order of time.
 * Here and elsewhere the time is that of a `Date`: pages replace `Date.now` by what gives dates or fractions. It has
 * eleven digits until the year 2527.
 */
export const uuidV7 = (age = 0): string =>
  // Made by hand: `crypto.randomUUID` makes version 4, and only on pages with TLS. These ids need not be unguessable.
  `0${(+new Date() - age).toString(16).replace(/.{7}/, "$&-")}-7xxx-axxx-xxxxxxxxxxxx`.replace(/x/g, () =>
    ((Math.random() * 16) & 15).toString(16),
  );
