/** Packaging refuses a stage that AWS would refuse. The first of these cases is in parameters.test.ts. */
import { expect, test } from "vitest";
import { compiledTemplate } from "./compiled-template.ts";

test.each([
  ["dev", { lakeBufferSeconds: "30" }, 'parameter lakeBufferSeconds is "30", expected a whole number from 60 to 900'],
  ["dev", { eventStreams: "0" }, 'parameter eventStreams is "0", expected a whole number from 1 to 100'],
  ["dev", { eventStream: "2" }, "there is no parameter eventStream"],
  ["Dev", {}, '"daymark-Dev-lake-000000000000" (29 characters) is no name for AWS::S3::Bucket'],
  ["a-stage-with-a-name-beyond-all-limits", {}, "(66 characters) is no name for AWS::Scheduler::Schedule"],
  // prod requires an address for alarms, or none.
  ["prod", {}, 'parameter alarmEmail is "", expected an e-mail address, or none'],
])("a package of stage %s with %j is refused", { timeout: 180_000 }, async (stage, params, message) => {
  await expect(compiledTemplate(stage, params)).rejects.toThrow(message);
});
