/**
 * Serverless plugin: refuses to package or deploy what AWS would refuse later, or what would make a number wrong, and
 * says which parameter is the cause. The rules for parameters are in parameters.ts, those for names in
 * resource-names.ts.
 */

import { parameterNames, problemsOf } from "./parameters.ts";
import { impossibleNames } from "./resource-names.ts";

/** @returns {Promise<object>} All parameters of the stage being packaged, as `custom.parameters`. */
export async function parameters({ resolveVariable }) {
  const values = await Promise.all(parameterNames.map((name) => resolveVariable(`param:${name}`)));
  return Object.fromEntries(parameterNames.map((name, i) => [name, values[i]]));
}

export default class CheckStage {
  constructor(serverless, options) {
    this.serverless = serverless;
    this.options = options;
    this.hooks = {
      "before:package:cleanup": () => this.checkParameters("package"),
      "before:deploy:function:initialize": () => this.checkParameters("deploy"),
      // Only from here on does the compiled template contain our own resources as well as the framework's.
      "after:aws:package:finalize:mergeCustomProviderResources": () => this.checkNames(),
      "before:deploy:deploy": () => this.refuseLocal(),
    };
  }

  checkParameters(verb) {
    const unknown = [this.options.param ?? []]
      .flat()
      .map((given) => given.split("=")[0])
      .filter((name) => !parameterNames.includes(name))
      .map((name) => `there is no parameter ${name}, only ${parameterNames.join(", ")}`);
    this.refuse(verb, [...unknown, ...problemsOf(this.serverless.service.custom.parameters, this.stage())]);
  }

  checkNames() {
    const { compiledCloudFormationTemplate } = this.serverless.service.provider;
    this.refuse("package", impossibleNames(compiledCloudFormationTemplate.Resources));
  }

  refuseLocal() {
    if (this.stage() === "local") this.refuse("deploy", ["it is for one machine, and everybody knows its secrets"]);
  }

  refuse(verb, problems) {
    if (problems.length === 0) return;
    const [first, ...more] = problems;
    const text = more.length === 0 ? first : `\n${problems.map((problem) => `- ${problem}`).join("\n")}`;
    throw new this.serverless.classes.Error(`Cannot ${verb} stage "${this.stage()}": ${text}`, "DAYMARK_STAGE_REFUSED");
  }

  stage() {
    return this.serverless.getProvider("aws").getStage();
  }
}
