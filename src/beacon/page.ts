/** What all events of a page have in common. The address is that of the last view, which may not be what the bar shows by now. */
export const page: { url: string; referrer: string; visitor_id?: string } = { url: "", referrer: "" };
