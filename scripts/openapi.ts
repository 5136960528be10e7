/**
 * The HTTP API as an OpenAPI 3.1 document, made from the schemas that check the requests and answers themselves. As a
 * script (`npm run openapi`) it writes docs/openapi.json; a test compares the file with the code.
 */
import { writeFileSync } from "node:fs";
import { accessPaths } from "./openapi-access-paths.ts";
import { loggingPaths } from "./openapi-log-paths.ts";
import { reading, writing } from "./openapi-paths.ts";
import { componentSchemas, type Json } from "./openapi-schemas.ts";

const file = new URL("../docs/openapi.json", import.meta.url);
if (import.meta.main) writeFileSync(file, openApiText());

/** The document as it is written to the file. */
export function openApiText(): string {
  return `${JSON.stringify(createOpenApi(), undefined, 2)}\n`;
}

function createOpenApi(): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Daymark",
      version: "1",
      description:
        "Send events, ask for numbers. History up to the last sealed day and everything after it, as one number.",
      contact: { name: "Daymark" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      { url: "/", description: "Where this document is served, as /openapi.json" },
      { url: "http://127.0.0.1:3000", description: "npm start" },
    ],
    tags: [
      { name: "access", description: "Readers sign in and out, and share links" },
      { name: "logs", description: "Logs of servers and applications come in, with the trusted key" },
      { name: "reading", description: "Numbers go out, with the read token" },
      { name: "writing", description: "Events come in, with a write key" },
    ],
    paths: { ...writing, ...loggingPaths, ...reading, ...accessPaths },
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        writeKey: {
          type: "apiKey",
          in: "header",
          name: "x-write-key",
          description: "Names the app; or the trusted key",
        },
        writeKeyInQuery: {
          type: "apiKey",
          in: "query",
          name: "key",
          description: "The same, for navigator.sendBeacon",
        },
        trustedBearer: { type: "http", scheme: "bearer", description: "The trusted key, for shippers" },
        trustedBasic: { type: "http", scheme: "basic", description: "The same as the password, for any user" },
        readToken: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "__Host-daymark", description: "`daymark` without HTTPS" },
      },
    },
  };
}
