/**
 * The read token, the trusted write key and the salt of visitor ids. AWS makes them up at the first deployment; the
 * functions read them when they need them (src/aws/secret.ts), so that a rotated one works without a deployment. Stage `local`
 * has fixed ones, known to everybody.
 */
const secrets = {
  ReadTokenSecret: { name: "read-token", fixed: "rt_local", description: "authorization: Bearer … for reading" },
  TrustedKeySecret: { name: "trusted-key", fixed: "tk_local", description: "x-write-key for servers and imports" },
  VisitorSaltSecret: { name: "visitor-salt", fixed: "vs_local", description: "Keys the daily hash of visitors" },
};

/** @returns {Promise<object>} The `Resources` of the three secrets for the stage being packaged. */
export async function template({ resolveVariable }) {
  const [service, stage, fixed] = await Promise.all(
    ["self:service", "sls:stage", "param:fixedSecrets"].map((name) => resolveVariable(name)),
  );
  const isFixed = String(fixed) === "true";
  return {
    Resources: Object.fromEntries(
      Object.entries(secrets).map(([id, secret]) => [id, resource(secret, `${service}/${stage}`, isFixed)]),
    ),
  };
}

function resource({ name, fixed, description }, prefix, isFixed) {
  const value = isFixed
    ? { SecretString: fixed }
    : { GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true } };
  return {
    Type: "AWS::SecretsManager::Secret",
    Properties: { Name: `${prefix}/${name}`, Description: description, ...value },
  };
}
