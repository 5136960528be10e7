/** Starts a function beside this one, without waiting for what it answers; Lambda tries again when it fails. */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";

/** Throws the SDK's errors, also when Lambda does not take the event. */
export async function startFunction(client: LambdaClient, name: string, event: object): Promise<void> {
  const Payload = JSON.stringify(event);
  await client.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload }));
}
