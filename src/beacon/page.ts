/**
 * What all events of a page have in common. The address is that of the last view; the address bar may already show
 * another.
 */
export const page: { url: string; referrer: string; visitor_id?: string } = { url: "", referrer: "" };
