/**
 * How many environments of a function may run at once, if a stage limits it. So many are then always reserved for the
 * function, and no other function of the account may use them. 0 sets no limit: an account's limit may be as low as 10,
 * and reserving anything would fail.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const functions = ["collect", "stream", "batch", "query"];

/**
 * @returns {Promise<object>} The `extensions` of the functions whose parameter (`collectConcurrency`, …) is above 0.
 */
export async function template({ resolveVariable }) {
  const limits = await Promise.all(functions.map((key) => readLimit(key, resolveVariable)));
  return { extensions: Object.fromEntries(limits.filter(([, limit]) => limit > 0).map(toExtension)) };
}

async function readLimit(key, resolveVariable) {
  return [key, Number(await resolveVariable(`param:${key}Concurrency`))];
}

function toExtension([key, limit]) {
  const id = `${key[0].toUpperCase()}${key.slice(1)}LambdaFunction`;
  return [id, { Properties: { ReservedConcurrentExecutions: limit } }];
}
