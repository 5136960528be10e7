/** Brings a source's rows to stage `local`, as a shipper does or as AWS invokes a function. */
import { type Api, trustedKey } from "./api.ts";
import { bucket, invoke, putFile, putRecord, removeFile } from "./local-aws.ts";
import type { Delivery } from "./sources.ts";

/** Whether the stage has the route or the function. Throws if it does not take what it is sent. */
export async function deliver({ url, awsUrl }: Api, delivery: Delivery): Promise<boolean> {
  if ("path" in delivery) {
    const { path, contentType, encoding, body } = delivery;
    const packed = encoding && { "content-encoding": encoding };
    const headers = { "x-write-key": trustedKey, "content-type": contentType, ...packed };
    const answer = await fetch(url + path, { method: "POST", headers, body });
    const text = await answer.text();
    return isTaken(answer.url, { isThere: answer.status !== 404, isDone: answer.ok, text: `${answer.status} ${text}` });
  }
  if ("stream" in delivery) {
    await putRecord(awsUrl, delivery.stream, delivery.data);
    return true;
  }
  const { functionKey, event, file } = delivery;
  if (file) await putFile(awsUrl, `${bucket}/${file.key}`, file.body);
  const answer = await invoke(awsUrl, functionKey, event(bucket));
  // The function has read it.
  if (file) await removeFile(awsUrl, `${bucket}/${file.key}`);
  return isTaken(`function ${functionKey}`, answer);
}

function isTaken(to: string, { isThere, isDone, text }: Awaited<ReturnType<typeof invoke>>): boolean {
  if (!isThere || isDone) return isThere;
  throw new Error(`Cannot send to ${to}: ${text.slice(0, 200)}`);
}
