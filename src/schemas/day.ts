/** A day in questions and requests. */
import * as z from "zod/mini";

/** The first day for which the lake has a partition. */
const FIRST_DAY = "1970-01-01";

export const day = z.iso
  .date({ error: "is no date YYYY-MM-DD", abort: true })
  .check(z.refine((text) => text >= FIRST_DAY, `is before ${FIRST_DAY}`));
