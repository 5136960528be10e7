/** Starts another function without waiting for its answer; Lambda retries it when it fails. */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";

/** Throws the SDK's errors, including those for an event that Lambda does not accept. */
export async function startFunction(client: LambdaClient, name: string, event: object): Promise<void> {
  const Payload = JSON.stringify(event);
  await client.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload }));
}
