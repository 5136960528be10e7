/**
 * Serverless plugin: leaves out the functions that a stage does not use. What a source needs is deployed only if the
 * source's parameter is on, so that nobody pays for, or has to guard, an unused entry point.
 */

/**
 * The functions that depend on a parameter, the values at which they are left out, and what else is left out with them.
 */
const optional = {
  logs: { parameter: "logs", off: ["off"], resources: ["LogsRole"] },
  cloudwatch: { parameter: "logGroups", off: ["none"], resources: ["CloudwatchRole"] },
  buckets: { parameter: "logBuckets", off: ["none"], resources: ["BucketsRole"] },
  snapshot: { parameter: "snapshots", off: ["none"], resources: [] },
  kafka: { parameter: "kafkaCluster", off: ["none"], resources: ["KafkaRole"] },
};

export default class OptionalFunctions {
  constructor(serverless) {
    const { service } = serverless;
    const off = () =>
      Object.keys(optional).filter((key) => {
        const { parameter, off } = optional[key];
        return off.includes(String(service.custom.parameters[parameter]));
      });
    this.hooks = {
      // Runs before anything reads the list of functions.
      initialize: () => {
        for (const key of off()) delete service.functions[key];
      },
      "after:aws:package:finalize:mergeCustomProviderResources": () => {
        const { Resources } = service.provider.compiledCloudFormationTemplate;
        for (const id of off().flatMap((key) => optional[key].resources)) delete Resources[id];
      },
    };
  }
}
