import { expect, test } from "vitest";
import { template } from "../../infra/web-acl.js";

const compile = (limit: number) => {
  const values: Record<string, unknown> = {
    "self:service": "daymark",
    "sls:stage": "prod",
    "param:wafRequestsPer5Minutes": limit,
  };
  return template({ resolveVariable: async (name: string) => values[name] });
};

test("there is no web ACL unless somebody asks for one", async () => {
  expect(await compile(0)).toEqual({ Resources: {} });
});

test("the web ACL blocks addresses beyond the limit, with an answer that beacons wait for", async () => {
  const { Resources, Outputs } = await compile(3000);
  expect(Resources).toMatchObject({
    WebAcl: {
      Type: "AWS::WAFv2::WebACL",
      Properties: {
        Scope: "CLOUDFRONT",
        DefaultAction: { Allow: {} },
        Rules: [
          {
            Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
            Statement: { RateBasedStatement: { Limit: 3000, AggregateKeyType: "IP" } },
          },
        ],
      },
    },
  });
  expect(Outputs).toMatchObject({ WebAclArn: { Value: { "Fn::GetAtt": ["WebAcl", "Arn"] } } });
});
