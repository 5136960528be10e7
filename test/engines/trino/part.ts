/** The part of Trino, which Athena's engine is made of. */
import type { Part } from "../part.ts";
import { makeLakeTables } from "./lake-tables.ts";
import { comparePageQueries } from "./page-queries.ts";
import { startTrino } from "./server.ts";

export const trino: Part = {
  name: "trino",
  needs: ["mvn", "python3", "tar"],
  async run({ say, lake }) {
    const read = await lake();
    await using server = await startTrino(read.home, say);
    const { rows } = await server.ask("SELECT 1/CAST(3 AS double)");
    const schema = await makeLakeTables(server, read);
    const third = rows[0]?.[0] === "0.3333333333333333" ? [] : [`a third is ${rows[0]?.[0]}`];
    return [...third, ...(await comparePageQueries(server, schema, read))];
  },
};
