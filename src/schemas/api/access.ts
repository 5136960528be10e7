/** What may be sent and is answered where readers sign in and links are shared. */
import * as z from "zod/mini";

/** `POST /v1/session`: the answer sets a cookie that reads like the token, until this instant or until signing out. */
export const sessionAnswer = z.object({ expires_at: z.string() });

/** `POST /v1/shares`: the one filter that the link is limited to, such as `{"app": "web"}`. */
export const shareRequest = z.strictObject({ where: z.record(z.string(), z.string()) });

const share = z.object({ id: z.string(), where: z.record(z.string(), z.string()), created_at: z.string() });
/** The link's token is shown once; `path` opens the page that shows what it may. */
export const newShareAnswer = z.extend(share, { token: z.string(), path: z.string() });
export const sharesAnswer = z.object({ shares: z.array(share) });

export type SessionAnswer = z.infer<typeof sessionAnswer>;
export type NewShareAnswer = z.infer<typeof newShareAnswer>;
export type SharesAnswer = z.infer<typeof sharesAnswer>;
