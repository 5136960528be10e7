/**
 * Serverless plugin: leaves out the functions that a stage has no use for. What a source needs is there only where the source's
 * parameter is `on`, so that nobody pays for, or has to guard, a door that is not used.
 */

/** The functions that depend on a parameter, each under its own name. */
const optional = ["logs"];

export default class OptionalFunctions {
  constructor(serverless) {
    const { service } = serverless;
    this.hooks = {
      // Before anything reads the list of functions.
      initialize: () => {
        for (const key of optional) if (service.custom.parameters[key] !== "on") delete service.functions[key];
      },
    };
  }
}
