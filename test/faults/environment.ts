/**
 * What the handlers' modules read when they are loaded, which is before anything else. Each history configures what it
 * starts.
 */
Object.assign(process.env, {
  TABLE: "unused",
  TIMEZONE: "UTC",
  LOG_LEVEL: "silent",
  WORKGROUP: "unused",
  DATABASE: "unused",
  LAKE_BUCKET: "unused",
  SETTLE_MINUTES: "15",
  SEAL_DEADLINE_HOURS: "6",
  READ_TOKEN_SECRET: "unused",
  AWS_REGION: "us-east-1",
  // Nothing listens there: the query's module requests its secret when it is loaded, and no history needs it.
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "unused",
  AWS_SECRET_ACCESS_KEY: "unused",
});
