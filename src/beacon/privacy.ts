/** Whether anything may be recorded about this visitor. */
import { safely } from "./safely.ts";
import { keysOf, put, store } from "./store.ts";

/** Not when the browser says so (Global Privacy Control, Do Not Track), or the visitor did. */
export const isPrivate = (): unknown =>
  navigator.globalPrivacyControl || navigator.doNotTrack === "1" || store["daymark.off"];

/** The visitor's own word, kept in this browser: everything else of ours in it is forgotten. `optOut(false)` takes it back. */
export const optOut = safely((isOut = true): void => {
  for (const key of keysOf("daymark.")) delete store[key];
  if (isOut) put("daymark.off", "1");
});
