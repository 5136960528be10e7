/** The app of whoever has the trusted key. No other app may be called so: ids belong to an app, and no page names those of a server. */
export const TRUSTED_APP = "server";
