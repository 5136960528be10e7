/**
 * AWS's list prices in USD for what Daymark uses. Sources:
 * - Price List API: the HTTP API (us-east-1 in August, ap-northeast-2 in October 2026), Lambda (October 2026), DynamoDB
 *   in ap-northeast-2 (June 2026)
 * - other sites that quote the price pages: DynamoDB (since November 2024) and Firehose in us-east-1
 * - from memory, to be checked before relying on them: S3, Athena and logs, and Firehose in ap-northeast-2
 *
 * Free tiers and volume discounts are left out. GB are 2^30 bytes.
 */
export type Prices = {
  /** Per million requests, each up to 512 KB. https://aws.amazon.com/api-gateway/pricing/ */
  httpApi: number;
  /** Per million calls, and per GB-second of memory on arm64. https://aws.amazon.com/lambda/pricing/ */
  lambdaCalls: number;
  lambdaGbSecond: number;
  /** Per GB, each record rounded up to 5 KB: ingestion, conversion. https://aws.amazon.com/firehose/pricing/ */
  firehoseIngest: number;
  firehoseConversion: number;
  /** Dynamic partitioning: per GB delivered, per thousand objects. */
  firehosePartitioning: number;
  firehoseObjects: number;
  /** Per million units on demand. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  dynamoDbWrites: number;
  dynamoDbReads: number;
  /** Per thousand requests. https://aws.amazon.com/s3/pricing/ */
  s3Puts: number;
  /** Per TB (2^40 bytes) scanned. https://aws.amazon.com/athena/pricing/ */
  athena: number;
  /** Per GB of logs. https://aws.amazon.com/cloudwatch/pricing/ */
  logs: number;
};

export const prices = {
  "us-east-1": {
    httpApi: 1.0,
    lambdaCalls: 0.2,
    lambdaGbSecond: 0.0000133334,
    firehoseIngest: 0.029,
    firehoseConversion: 0.018,
    firehosePartitioning: 0.02,
    firehoseObjects: 0.005,
    dynamoDbWrites: 0.625,
    dynamoDbReads: 0.125,
    s3Puts: 0.005,
    athena: 5,
    logs: 0.5,
  },
  "ap-northeast-2": {
    httpApi: 1.23,
    lambdaCalls: 0.2,
    lambdaGbSecond: 0.0000133334,
    firehoseIngest: 0.036,
    firehoseConversion: 0.022,
    firehosePartitioning: 0.02,
    firehoseObjects: 0.005,
    dynamoDbWrites: 0.68,
    dynamoDbReads: 0.1355,
    s3Puts: 0.0045,
    athena: 5,
    logs: 0.76,
  },
} as const satisfies Record<string, Prices>;

export type Region = keyof typeof prices;
