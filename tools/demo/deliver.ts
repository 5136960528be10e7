/** Brings a source's rows to stage `local`, as a shipper does or as AWS invokes a function. */
import { type Api, trustedKey } from "./api.ts";
import type { Delivery } from "./sources.ts";

const bucket = "daymark-local-lake-000000000000";

/** Whether the stage has the route or the function. Throws if it does not take what it is sent. */
export async function deliver({ url, awsUrl }: Api, delivery: Delivery): Promise<boolean> {
  if ("path" in delivery) {
    const { path, contentType, encoding, body } = delivery;
    const packed = encoding && { "content-encoding": encoding };
    const headers = { "x-write-key": trustedKey, "content-type": contentType, ...packed };
    return await isTaken(await fetch(url + path, { method: "POST", headers, body }));
  }
  const { functionKey, event, file } = delivery;
  const object = `${awsUrl}/${bucket}/${file?.key}`;
  if (file && !(await isTaken(await fetch(object, { method: "PUT", body: file.body })))) return false;
  const body = JSON.stringify(event(bucket));
  const invocations = `${awsUrl}/2015-03-31/functions/${functionKey}/invocations`;
  const isThere = await isTaken(await fetch(invocations, { method: "POST", body }));
  // The function has read it.
  if (file) await fetch(object, { method: "DELETE" });
  return isThere;
}

async function isTaken(answer: Response): Promise<boolean> {
  const text = await answer.text();
  if (answer.status === 404) return false;
  if (answer.ok && !answer.headers.has("x-amz-function-error")) return true;
  throw new Error(`Cannot send to ${answer.url}: ${answer.status} ${text.slice(0, 200)}`);
}
