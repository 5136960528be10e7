import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startSecretsManager } from "../../../local/secrets-manager/service.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-secrets-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a/token";
const fixed = { name: "a/token", arn, description: "The token", value: "fixed" };
const start = async (secrets: Parameters<typeof startSecretsManager>[0]["secrets"] = [fixed]) =>
  (await startSecretsManager({ home, secrets })).service.operations as Record<
    string,
    (input: object) => Promise<object>
  >;
type Api = Awaited<ReturnType<typeof start>>;
const get = async (api: Api, more = {}) => (await api.GetSecretValue?.({ SecretId: "a/token", ...more })) as Answer;
const put = async (api: Api, SecretString: unknown, more = {}) =>
  (await api.PutSecretValue?.({ SecretId: "a/token", SecretString, ...more })) as Answer;
type Answer = { SecretString: string; VersionId: string; VersionStages: string[]; ARN: string; Name: string };

describe("Secrets Manager", () => {
  test("has the template's value, by name and by ARN, until another is put", async () => {
    const api = await start();
    expect(await get(api)).toMatchObject({
      SecretString: "fixed",
      Name: "a/token",
      ARN: arn,
      VersionStages: ["AWSCURRENT"],
    });
    expect(await get(api, { SecretId: arn })).toMatchObject({ SecretString: "fixed" });
    const { VersionId } = await put(api, "second");
    expect(await get(api)).toMatchObject({ SecretString: "second", VersionId });
    expect(await get(api, { VersionStage: "AWSPREVIOUS" })).toMatchObject({ SecretString: "fixed" });
    await put(api, "third");
    expect(await get(api, { VersionStage: "AWSPREVIOUS" })).toMatchObject({ SecretString: "second", VersionId });
    await expect(get(api, { VersionId: "none" })).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  });

  test("keeps what was put over a restart, whatever the template says", async () => {
    await put(await start(), "rotated");
    expect(await get(await start())).toMatchObject({ SecretString: "rotated" });
  });

  test("follows a value of the template that has changed since the last start, and no other", async () => {
    const api = await start();
    expect(await get(api)).toMatchObject({ SecretString: "fixed" });
    const changed = [{ ...fixed, value: "mine" }];
    expect(await get(await start(changed))).toMatchObject({ SecretString: "mine" });
    for (const value of ["second", "third", "fourth"]) await put(await start(changed), value);
    expect(await get(await start(changed))).toMatchObject({ SecretString: "fourth" });
    expect(await get(await start())).toMatchObject({ SecretString: "fixed" });
  });

  test("makes up a value where the template gives none, and keeps it", async () => {
    const secrets = [{ name: "a/token", arn, description: "", length: 48 }];
    const { SecretString } = await get(await start(secrets));
    expect(SecretString).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(await get(await start(secrets))).toMatchObject({ SecretString });
  });

  test("puts one version for a token, and refuses another value under it", async () => {
    const api = await start();
    const ClientRequestToken = "0198f2f4-8c00-7aaa-8bbb-0123456789ab";
    const first = await put(api, "second", { ClientRequestToken });
    expect(await put(api, "second", { ClientRequestToken })).toEqual(first);
    expect(first.VersionId).toBe(ClientRequestToken);
    await expect(put(api, "other", { ClientRequestToken })).rejects.toMatchObject({ code: "ResourceExistsException" });
    expect(await get(api)).toMatchObject({ SecretString: "second" });
  });

  describe("creates a secret", () => {
    const Name = "shop/reader";
    const create = async (api: Api, more = {}) =>
      (await api.CreateSecret?.({ Name, SecretString: "first", ...more })) as Answer;

    test("that has its value by name and by ARN, over restarts, and as many versions as are put", async () => {
      const api = await start();
      const made = await create(api);
      expect(made).toMatchObject({ Name, ARN: "arn:aws:secretsmanager:us-east-1:000000000000:secret:shop/reader" });
      for (const SecretId of [Name, made.ARN]) {
        expect(await get(api, { SecretId })).toMatchObject({ SecretString: "first", VersionId: made.VersionId });
        expect(await get(await start(), { SecretId })).toMatchObject({ SecretString: "first" });
      }
      await put(await start(), "second", { SecretId: Name });
      await put(await start(), "third", { SecretId: Name });
      const again = await start();
      expect(await get(again, { SecretId: Name })).toMatchObject({ SecretString: "third" });
      expect(await get(again, { SecretId: Name, VersionStage: "AWSPREVIOUS" })).toMatchObject({
        SecretString: "second",
      });
      expect(await get(again)).toMatchObject({ SecretString: "fixed" });
    });

    test("once, and again under one token alone", async () => {
      const api = await start();
      const ClientRequestToken = "0198f2f4-8c00-7aaa-8bbb-0123456789ab";
      const made = await create(api, { ClientRequestToken });
      expect(await create(api, { ClientRequestToken })).toEqual(made);
      const code = "ResourceExistsException";
      await expect(create(api, { ClientRequestToken, SecretString: "other" })).rejects.toMatchObject({ code });
      await expect(create(api)).rejects.toMatchObject({ code });
      await expect(create(api, { Name: "a/token" })).rejects.toMatchObject({ code });
      expect(await get(api)).toMatchObject({ SecretString: "fixed" });
    });

    test("and forgets one of the template that is not declared any more", async () => {
      await put(await start(), "second");
      const api = await start([]);
      await expect(get(api)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
    });
  });

  test("lists secrets without their values", async () => {
    const api = await start();
    expect(await api.ListSecrets?.({})).toMatchObject({ SecretList: [{ Name: "a/token", Description: "The token" }] });
    expect(JSON.stringify(await api.ListSecrets?.({}))).not.toContain("fixed");
    expect(await api.DescribeSecret?.({ SecretId: arn })).toMatchObject({ VersionIdsToStages: expect.any(Object) });
  });

  test.each([
    ["no such secret", "GetSecretValue", { SecretId: "b" }, "ResourceNotFoundException"],
    ["no id", "GetSecretValue", {}, "InvalidParameterException"],
    ["a name that AWS does not take", "CreateSecret", { Name: "a b", SecretString: "x" }, "InvalidParameterException"],
    ["a secret without a value", "CreateSecret", { Name: "b" }, "InvalidParameterException"],
    ["an empty value", "PutSecretValue", { SecretId: "a/token", SecretString: "" }, "InvalidParameterException"],
    ["bytes", "PutSecretValue", { SecretId: "a/token", SecretBinary: "AA==" }, "InvalidParameterException"],
  ])("refuses %s as AWS does", async (_, operation, input, code) => {
    const api = await start();
    await expect(api[operation]?.(input)).rejects.toMatchObject({ code });
  });

  test("says which file is damaged", async () => {
    await writeFile(join(home, "secrets.json"), "{");
    await expect(start()).rejects.toThrow(/secrets\.json is damaged/);
  });
});
