/** What the page remembers: the token for the tab, language and colours for the browser. Storage may be forbidden; then nothing. */

const keys = { token: "daymark.token", language: "daymark.language", theme: "daymark.theme" };

export type Preference = keyof typeof keys;

export function readPreference(name: Preference): string | undefined {
  try {
    return storageOf(name).getItem(keys[name]) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Undefined forgets it. */
export function writePreference(name: Preference, value: string | undefined): void {
  try {
    if (value === undefined) storageOf(name).removeItem(keys[name]);
    else storageOf(name).setItem(keys[name], value);
  } catch {
    // It is then asked again the next time.
  }
}

function storageOf(name: Preference): Storage {
  return name === "token" ? sessionStorage : localStorage;
}
