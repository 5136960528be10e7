/** What must outlive the page: localStorage, and nothing else. Every key begins with `daymark.`; there are no cookies. */
import { safely } from "./safely.ts";

/** Where storage is forbidden, even touching it throws; then what is kept ends with the page. */
export let store: Record<string, string> = {};

safely(() => {
  store = localStorage;
})();

/** Keeps a value if there is room: the store may be full. */
export const put = safely((key: string, value: string): void => {
  store[key] = value;
});

/** Our keys that begin with `start`. */
export const keysOf = (start: string): string[] => Object.keys(store).filter((key) => key.startsWith(start));
