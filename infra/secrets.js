/**
 * The read token, the trusted write key and the salt of visitor ids. AWS generates them at the first deployment; the
 * functions read them when they need them (src/aws/secret.ts), so that a rotated one works without a deployment. Stage
 * `local` has fixed ones, which are public, unless the environment of `npm start` names others (serverless.yml,
 * `custom`).
 */
const secrets = {
  ReadTokenSecret: { name: "read-token", fixed: "readToken", description: "authorization: Bearer … for reading" },
  TrustedKeySecret: { name: "trusted-key", fixed: "trustedKey", description: "x-write-key for servers and imports" },
  VisitorSaltSecret: { name: "visitor-salt", fixed: "visitorSalt", description: "Keys the daily hash of visitors" },
};

/** @returns {Promise<object>} The `Resources` of the three secrets for the stage being packaged. */
export async function template({ resolveVariable }) {
  const [service, stage, isFixed, values] = await Promise.all(
    ["self:service", "sls:stage", "param:fixedSecrets", "self:custom.fixedSecrets"].map((name) =>
      resolveVariable(name),
    ),
  );
  const fixed = String(isFixed) === "true" ? values : undefined;
  return {
    Resources: Object.fromEntries(
      Object.entries(secrets).map(([id, secret]) => [id, resource(secret, `${service}/${stage}`, fixed)]),
    ),
  };
}

function resource({ name, fixed, description }, prefix, values) {
  const value = values
    ? { SecretString: values[fixed] }
    : { GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true } };
  return {
    Type: "AWS::SecretsManager::Secret",
    Properties: { Name: `${prefix}/${name}`, Description: description, ...value },
  };
}
