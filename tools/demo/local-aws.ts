/**
 * What the demo asks of AWS on this machine: a file in the lake's bucket, a secret, a record on a
 * stream, a function's answer.
 */
export const bucket = "daymark-local-lake-000000000000";

/** What a function answers, as text; `isThere` if the stage has the function, `isDone` if it did not throw. */
type Invoked = { isThere: boolean; isDone: boolean; text: string };

export async function invoke(awsUrl: string, functionKey: string, event: object): Promise<Invoked> {
  const url = `${awsUrl}/2015-03-31/functions/${functionKey}/invocations`;
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(event) });
  const isDone = answer.ok && !answer.headers.has("x-amz-function-error");
  return { isThere: answer.status !== 404, isDone, text: `${answer.status} ${await answer.text()}` };
}

export async function putFile(awsUrl: string, path: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  await expectOk(await fetch(`${awsUrl}/${path}`, { method: "PUT", body }));
}

export async function removeFile(awsUrl: string, path: string): Promise<void> {
  await expectOk(await fetch(`${awsUrl}/${path}`, { method: "DELETE" }));
}

/** Puts a record on a delivery stream. */
export async function putRecord(awsUrl: string, stream: string, data: string): Promise<void> {
  const record = { Data: Buffer.from(data).toString("base64") };
  await expectOk(await ask(awsUrl, "Firehose_20150804.PutRecord", { DeliveryStreamName: stream, Record: record }));
}

/** Makes a secret, or gives it another value. */
export async function putSecret(awsUrl: string, name: string, value: string): Promise<void> {
  const created = await ask(awsUrl, "secretsmanager.CreateSecret", { Name: name, SecretString: value });
  if (created.ok) return void (await created.arrayBuffer());
  await created.arrayBuffer();
  await expectOk(await ask(awsUrl, "secretsmanager.PutSecretValue", { SecretId: name, SecretString: value }));
}

function ask(awsUrl: string, target: string, input: object): Promise<Response> {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  return fetch(awsUrl, { method: "POST", headers, body: JSON.stringify(input) });
}

async function expectOk(answer: Response): Promise<void> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cannot send to ${answer.url}: ${answer.status} ${text.slice(0, 200)}`);
}
