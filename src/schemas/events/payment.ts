/** Money came in or, with a negative amount, went back: in minor units of a currency, never a fraction. */
import * as z from "zod/mini";
import { amount, commonFields, currency } from "./fields.ts";

export const payment = z.object({ ...commonFields, name: z.literal("payment"), amount, currency });
