/** What the page remembers: the token per tab, language and colours per browser. Nothing if storage is forbidden. */

const keys = { token: "daymark.token", language: "daymark.language", theme: "daymark.theme" };

export type Preference = keyof typeof keys;

export function readPreference(name: Preference): string | undefined {
  try {
    return storageOf(name).getItem(keys[name]) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Undefined deletes it. */
export function writePreference(name: Preference, value: string | undefined): void {
  try {
    if (value === undefined) storageOf(name).removeItem(keys[name]);
    else storageOf(name).setItem(keys[name], value);
  } catch {
    // Then it is asked for again the next time.
  }
}

function storageOf(name: Preference): Storage {
  return name === "token" ? sessionStorage : localStorage;
}
