/** The environment, including the AWS SDK's, of every function that takes events, for tests and benchmarks. */
export const eventsEnvironment = {
  AWS_REGION: "ap-northeast-2",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  TIMEZONE: "Asia/Seoul",
  TABLE: "daymark-test",
  EVENTS_STREAMS: "events-0",
  REJECTED_STREAM: "rejected",
  VISITOR_SALT_SECRET: "visitor-salt",
  MAX_LATENESS_DAYS: "7",
  PRIVATE_PARAMETERS: "none",
};
