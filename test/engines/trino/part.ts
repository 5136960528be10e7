/** The part for Trino, on which Athena's engine is based. */
import { createRandom } from "../../../tools/random.ts";
import type { Part } from "../part.ts";
import { compareStatements, type Statement } from "./compare-statements.ts";
import { drawQuestions } from "./drawn-questions.ts";
import { drawStatements } from "./drawn-statements.ts";
import { verifyExpressions } from "./expressions.ts";
import { makeLakeTables } from "./lake-tables.ts";
import { comparePageQueries } from "./page-queries.ts";
import { reportStatements } from "./report-statements.ts";
import { startTrino } from "./server.ts";
import { checkSnapshots, snapshotStatements, takeSnapshots } from "./snapshots.ts";

export const trino: Part = {
  name: "trino",
  needs: ["mvn", "python3", "tar"],
  async run({ say, lake, seed, statements: count }) {
    const read = await lake();
    await using server = await startTrino(read.home, say);
    const expressions = await verifyExpressions(server);
    say(`${expressions.count} recorded expressions, ${expressions.differences.length} of them answered otherwise now`);
    await takeSnapshots(read, say);
    const schema = await makeLakeTables(server, read);
    const found = [
      ...expressions.differences,
      ...(await checkSnapshots(server, schema)),
      ...(await comparePageQueries(server, schema, read)),
    ];
    const compare = async (what: string, statements: readonly Statement[]) => {
      const start = performance.now();
      const { compared, rows, failed, refused, differences } = await compareStatements(
        { trino: server, schema, lake: read },
        statements,
      );
      const why = refused.slice(0, 3).map((line) => `\n  ${line}`);
      say(
        `${compared} ${what}: ${rows} rows, ${failed} fail in both, ${refused.length} refused here, ` +
          `${differences.length} differ; ${((performance.now() - start) / 1000).toFixed(0)} s${why.join("")}`,
      );
      return { refused, differences };
    };
    const random = createRandom(seed);
    const snapshots = await compare("statements about snapshots", snapshotStatements);
    const reports = await compare("statements of reports", await reportStatements(read));
    const sealed = read.days.slice(0, -1);
    const half = Math.ceil(count / 2);
    const questions = await compare("drawn questions", drawQuestions(random, half, sealed));
    // Generated statements may meet a value that local Athena refuses; the product's own may not.
    const statements = await compare("drawn statements", drawStatements(random, count - half, sealed));
    const all = [snapshots, reports, questions, statements].flatMap(({ differences }) => differences);
    return [...found, ...snapshots.refused, ...reports.refused, ...questions.refused, ...all];
  },
};
