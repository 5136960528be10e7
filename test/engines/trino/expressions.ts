/** Asks Trino every recorded expression again, to compare with the recording; one without an answer is recorded. */
import { isDeepStrictEqual } from "node:util";
import { type RecordedExpression, readExpressions, writeExpressions } from "../../fixtures/recorded-expressions.ts";
import { type Trino, TrinoError } from "./client.ts";

const atOnce = 4;

/** Where this Trino's answer differs from the recording, and how many expressions were asked. */
export async function verifyExpressions(trino: Trino): Promise<{ count: number; differences: string[] }> {
  const recorded = await readExpressions();
  const answers = await askAll(trino, recorded);
  const isNew = ({ types, error }: RecordedExpression) => types === undefined && error === undefined;
  if (recorded.some(isNew)) await writeExpressions(recorded.map((one, i) => (isNew(one) ? (answers[i] ?? one) : one)));
  const differences = answers
    .filter((answer, i) => !isNew(recorded[i] ?? answer) && !isDeepStrictEqual(answer, recorded[i]))
    .map((answer) => `the recording of "${answer.sql}" differs from Trino's ${JSON.stringify(answer)}`);
  return { count: answers.length, differences };
}

async function askAll(trino: Trino, expressions: readonly RecordedExpression[]): Promise<RecordedExpression[]> {
  const answers: RecordedExpression[] = [];
  const queue = expressions.entries();
  const worker = async () => {
    for (const [index, one] of queue) answers[index] = await answerOf(trino, one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}

async function answerOf(trino: Trino, { group, sql }: RecordedExpression): Promise<RecordedExpression> {
  try {
    const { columns, rows } = await trino.ask(`SELECT ${sql}`);
    return { group, sql, types: columns.map(({ type }) => type), rows };
  } catch (error) {
    if (error instanceof TrinoError) return { group, sql, error: error.code };
    throw error;
  }
}
