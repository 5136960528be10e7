/** The part of Trino, which Athena's engine is made of. */
import type { Part } from "../part.ts";
import { startTrino } from "./server.ts";

export const trino: Part = {
  name: "trino",
  needs: ["mvn", "python3", "tar"],
  async run({ say, lake }) {
    const { home } = await lake();
    await using server = await startTrino(home, say);
    const { rows } = await server.ask("SELECT 1/CAST(3 AS double)");
    return rows[0]?.[0] === "0.3333333333333333" ? [] : [`a third is ${rows[0]?.[0]}`];
  },
};
