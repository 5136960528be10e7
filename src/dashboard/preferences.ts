/** What the page remembers: language, colours, and that the reader signed in. Nothing if storage is forbidden. */

const keys = { signed: "daymark.signed", language: "daymark.language", theme: "daymark.theme" };

export type Preference = keyof typeof keys;

export function readPreference(name: Preference): string | undefined {
  try {
    return localStorage.getItem(keys[name]) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Undefined deletes it. */
export function writePreference(name: Preference, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(keys[name]);
    else localStorage.setItem(keys[name], value);
  } catch {
    // Then it is asked for again the next time.
  }
}
