import { expect, test } from "vitest";
import { compiledTemplate, type Properties } from "./compiled-template.ts";

const HALF_HOUR_S = 1800;

test.each(["dev", "prod"])(
  "a batch of stage %s is given up before a counter may have forgotten it",
  async (stage) => {
    const template = await compiledTemplate(stage);
    const { Timeout: timeout } = template.one("StreamLambdaFunction").Properties;
    for (const { Properties } of template.of("AWS::KinesisFirehose::DeliveryStream")) {
      const { Parameters } = Properties.ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors[0];
      const value = (name: string) =>
        Number(Parameters.find((one: Properties) => one.ParameterName === name)?.ParameterValue);
      // Some minutes are left for the pauses between the tries, of which AWS says nothing.
      const longest = value("BufferIntervalInSeconds") + (value("NumberOfRetries") + 1) * timeout;
      expect(longest).toBeLessThan(HALF_HOUR_S - 300);
    }
  },
  120_000,
);
