/** Who the visitor is, as far as the page wants to know. */
import { page } from "./page.ts";
import { isPrivate } from "./privacy.ts";
import { put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** The same in all tabs of this site until half an hour has passed without an event. */
export const sessionId = (): string => {
  const endsAfterMs = 1_800_000;
  const now = Date.now();
  const [known, last] = (store["daymark.session"] ?? "").split(" ");
  // The subtraction converts the text to a number.
  const id = now - (last as unknown as number) < endsAfterMs ? known : uuidV7();
  put("daymark.session", `${id} ${now}`);
  return id as string;
};

/** Only if the page opted in. Without this the server derives an id that changes every day. */
export const knowVisitor = (): void => {
  if (isPrivate()) return;
  page.visitor_id = store["daymark.visitor"] ?? uuidV7();
  put("daymark.visitor", page.visitor_id);
};
