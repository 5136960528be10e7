/**
 * The app of everyone who has the trusted key. No other app may have this name: ids belong to an app, and a page must
 * not be able to name a server's.
 */
export const TRUSTED_APP = "server";
