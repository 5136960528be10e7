/**
 * What the HTTP API logs about each request if the parameter `accessLog` is on: the result, how long it took and why it
 * failed, even if no function was called. Nothing about the caller: no address, no user agent, no query string, which
 * may contain a key.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const fields = {
  timestamp: "$context.requestTime",
  request_id: "$context.requestId", // correlation_id in the lines of functions
  function_request_id: "$context.integration.requestId",
  route: "$context.routeKey",
  protocol: "$context.protocol",
  status: "$context.status",
  response_bytes: "$context.responseLength",
  latency_ms: "$context.responseLatency",
  function_ms: "$context.integrationLatency",
  function_status: "$context.integration.status",
  function_error: "$context.integrationErrorMessage",
  error: "$context.error.message",
  error_type: "$context.error.responseType",
};

/** @returns {Promise<object | false>} The framework's setting `provider.logs.httpApi`. */
export async function httpApi({ resolveVariable }) {
  const isOn = String(await resolveVariable("param:accessLog")) === "true";
  return isOn ? { format: JSON.stringify(fields) } : false;
}
