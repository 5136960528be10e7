/** Whether anything may be recorded about this visitor. */
import { safely } from "./safely.ts";
import { keysOf, put, store } from "./store.ts";

/** Not if the browser (Global Privacy Control, Do Not Track) or the visitor says no. */
export const isPrivate = (): unknown =>
  navigator.globalPrivacyControl || (navigator.doNotTrack as unknown as number) > 0 || store["daymark.off"];

/** Stores the visitor's choice in this browser and removes everything else of ours. `optOut(false)` revokes it. */
export const optOut = safely((isOut = true): void => {
  for (const key of keysOf()) delete store[key];
  if (isOut) put("daymark.off", "1");
});
