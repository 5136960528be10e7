/**
 * A web ACL that blocks addresses which send too many requests, for the owner's CloudFront distribution: AWS WAF cannot
 * protect an HTTP API itself, and accepts ACLs for CloudFront only in us-east-1 (infra/plugins/parameters.ts).
 * https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
 */

/** @returns {Promise<object>} The web ACL and its ARN as an output; nothing if `wafRequestsPer5Minutes` is 0. */
export async function template({ resolveVariable }) {
  const names = ["self:service", "sls:stage", "param:wafRequestsPer5Minutes"];
  const [service, stage, limit] = await Promise.all(names.map((name) => resolveVariable(name)));
  if (Number(limit) === 0) return { Resources: {} };
  return {
    Resources: { WebAcl: { Type: "AWS::WAFv2::WebACL", Properties: webAcl(`${service}-${stage}`, Number(limit)) } },
    Outputs: {
      WebAclArn: { Description: "For the CloudFront distribution", Value: { "Fn::GetAtt": ["WebAcl", "Arn"] } },
    },
  };
}

function webAcl(name, limit) {
  const visibility = (metric) => ({
    CloudWatchMetricsEnabled: true,
    MetricName: metric,
    SampledRequestsEnabled: false,
  });
  return {
    Name: name,
    Scope: "CLOUDFRONT",
    DefaultAction: { Allow: {} },
    VisibilityConfig: visibility(name),
    Rules: [
      {
        Name: "rate",
        Priority: 0,
        // Beacons wait as long as they are told to, and treat a 403 as final.
        Action: {
          Block: { CustomResponse: { ResponseCode: 429, ResponseHeaders: [{ Name: "retry-after", Value: "300" }] } },
        },
        Statement: { RateBasedStatement: { Limit: limit, EvaluationWindowSec: 300, AggregateKeyType: "IP" } },
        VisibilityConfig: visibility(`${name}-rate`),
      },
    ],
  };
}
