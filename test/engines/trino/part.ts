/** The part of Trino, which Athena's engine is made of. */
import type { Part } from "../part.ts";
import { verifyExpressions } from "./expressions.ts";
import { makeLakeTables } from "./lake-tables.ts";
import { comparePageQueries } from "./page-queries.ts";
import { startTrino } from "./server.ts";

export const trino: Part = {
  name: "trino",
  needs: ["mvn", "python3", "tar"],
  async run({ say, lake }) {
    const read = await lake();
    await using server = await startTrino(read.home, say);
    const expressions = await verifyExpressions(server);
    say(`${expressions.count} recorded expressions, ${expressions.differences.length} of them answered otherwise now`);
    const schema = await makeLakeTables(server, read);
    return [...expressions.differences, ...(await comparePageQueries(server, schema, read))];
  },
};
