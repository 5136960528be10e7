/** Who the visitor is, as far as the page wants to know. */
import { page } from "./page.ts";
import { isPrivate } from "./privacy.ts";
import { put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** Only if the page opted in. Without this the server derives an id that changes every day. */
export const knowVisitor = (): void => {
  if (isPrivate()) return;
  page.visitor_id = store["daymark.visitor"] ?? uuidV7();
  put("daymark.visitor", page.visitor_id);
};
