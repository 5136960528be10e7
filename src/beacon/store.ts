/** What must outlive the page: only in localStorage. Every key begins with `daymark.`; there are no cookies. */
import { safely } from "./safely.ts";

/** If storage is forbidden, even accessing it throws, and apps may show pages without one: then the data is lost with the page. */
export let store: Record<string, string> = {};

try {
  store = localStorage ?? store;
} catch {}

/** Stores a value if there is room: the store may be full. */
export const put = safely((key: string, value: string): void => {
  store[key] = value;
});

/** Our keys that begin with `start`. */
export const keysOf = (start = "daymark."): string[] => Object.keys(store).filter((key) => key.startsWith(start));
