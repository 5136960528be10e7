import { beforeAll, expect, test } from "vitest";
import { candidates, leaveOut, replace, resolve, type Template } from "../../../infra/plugins/adopted.ts";
import { isData } from "../../../infra/plugins/retained.ts";
import { compiledTemplate } from "../compiled-template.ts";

const account = { accountId: "123456789012", region: "ap-northeast-2", partition: "aws" };
let packaged: Template;
beforeAll(async () => {
  const { all, outputs } = await compiledTemplate("prod");
  packaged = { Resources: Object.fromEntries(all.map(({ id, ...resource }) => [id, resource])), Outputs: outputs };
});
const prod = () => structuredClone(packaged);
const adopt = (template: Template) =>
  candidates(template, {}, account).map(({ id, name }) => ({ id, ref: `<${name}>`, arn: `arn:${name}` }));

test("what may be there already is the bucket, the table, the catalog and the secrets, by the names that AWS knows", () => {
  const template = prod();
  expect(
    candidates(template, {}, account)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    "daymark-prod",
    "daymark-prod-lake-123456789012",
    "daymark/prod/read-token",
    "daymark/prod/trusted-key",
    "daymark/prod/visitor-salt",
    "daymark_prod",
    "daymark_prod.daily_events",
    "daymark_prod.events",
    "daymark_prod.rejected",
    "daymark_prod.rollups",
    "daymark_prod.rollups_by_month",
    "daymark_prod.rollups_monthly",
  ]);
});

test("what the deployed stack has is its own", () => {
  const template = prod();
  const { Database: _, ...deployed } = template.Resources;
  expect(candidates(template, deployed, account)).toEqual([
    { id: "Database", type: "AWS::Glue::Database", name: "daymark_prod" },
  ]);
});

test("an adopted stage's template creates no data, and refers to nothing that it does not have", () => {
  const template = prod();
  leaveOut(template, adopt(template));
  const left = Object.entries(template.Resources);
  expect(left.filter(([id, resource]) => isData(id, resource))).toEqual([]);
  const text = JSON.stringify(template);
  const pseudo = /^AWS::/;
  const referred = [
    ...[...text.matchAll(/"Ref":"([^"]+)"/g)].map(([, id]) => id),
    ...[...text.matchAll(/"Fn::GetAtt":\["([^"]+)"/g)].map(([, id]) => id),
    ...[...text.matchAll(/"Fn::Sub":"((?:[^"\\]|\\.)*)"/g)].flatMap(([, sub = ""]) =>
      [...sub.matchAll(/\$\{([\w:]+)/g)].map(([, id]) => id),
    ),
    ...left.flatMap(([, { DependsOn = [] }]) => DependsOn),
  ];
  expect(referred.length).toBeGreaterThan(300);
  expect(referred.filter((id = "") => !pseudo.test(id) && !template.Resources[id])).toEqual([]);
  expect(template.Resources.CollectRole).toEqual(expect.objectContaining({ Type: "AWS::IAM::Role" }));
  expect(text).toContain('"Bucket":"<daymark-prod-lake-123456789012>"');
  expect(text).toContain("arn:daymark-prod-lake-123456789012/events/*");
  expect(text).toContain('"READ_TOKEN_SECRET":"<daymark/prod/read-token>"');
});

test("a table of the catalog that stays outside is described as the template has it", () => {
  const template = prod();
  const byId = new Map(adopt(template).map((one) => [one.id, one]));
  const { TableInput } = template.Resources.EventsTable?.Properties ?? {};
  const input = resolve(replace(TableInput, byId), account);
  expect(input).toMatchObject({
    Name: "events",
    StorageDescriptor: { Location: "s3://<daymark-prod-lake-123456789012>/events/" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena fills it in
    Parameters: { "storage.location.template": "s3://<daymark-prod-lake-123456789012>/events/dt=${dt}/" },
  });
  expect(() => resolve(TableInput, account)).toThrow("Cannot resolve LakeBucket");
});
