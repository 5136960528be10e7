/** The routes by which readers sign in and out, and by which links are shared. */
import { answer, refusal } from "./openapi-answers.ts";
import { type Json, ref } from "./openapi-schemas.ts";

const owner = [{ readToken: [] }, { session: [] }];
const refusals = {
  401: refusal("Neither the read token nor a session that goes on"),
  403: refusal("Not for this reader, or a session that comes from a page of another origin"),
};
const nothing = { 200: answer("It is done", { type: "object" }), ...refusals };
const cookie = { "set-cookie": { description: "HttpOnly, SameSite=Strict", schema: { type: "string" } } };

export const accessPaths: Json = {
  "/v1/session": {
    post: {
      operationId: "signIn",
      tags: ["access"],
      summary: "Sign a browser in",
      description: "The cookie reads like the token for 30 days, in requests of this host's own pages.",
      security: [{ readToken: [] }],
      responses: { 200: answer("Signed in", ref("Session"), cookie), ...refusals },
    },
    delete: {
      operationId: "signOut",
      tags: ["access"],
      summary: "Sign it out",
      description: "The session ends, copies of the cookie too.",
      security: [{ session: [] }],
      responses: nothing,
    },
  },
  "/v1/shares": {
    get: {
      operationId: "listShares",
      tags: ["access"],
      summary: "The shared links",
      description: "What each shows and since when, without their tokens.",
      security: owner,
      responses: { 200: answer("The links", ref("Shares")), ...refusals },
    },
    post: {
      operationId: "addShare",
      tags: ["access"],
      summary: "Share one filter",
      description:
        "Whoever has the link reads the numbers with this filter, and nothing else: no other filter, no minutes, no " +
        "status. `path` opens the page, also in an iframe; `token` is sent like the read token.",
      security: owner,
      requestBody: { required: true, content: { "application/json": { schema: ref("ShareRequest") } } },
      responses: {
        201: answer("The link; its token is shown once", ref("NewShare")),
        400: refusal("Not one filter by a dimension"),
        409: refusal("There are too many links"),
        ...refusals,
      },
    },
  },
  "/v1/shares/{share}": {
    delete: {
      operationId: "endShare",
      tags: ["access"],
      summary: "End a shared link",
      description: "It has stopped within 10 seconds.",
      security: owner,
      parameters: [
        {
          name: "share",
          in: "path",
          required: true,
          description: "A link's id, as the list has it",
          schema: { type: "string" },
        },
      ],
      responses: { ...nothing, 404: refusal("There is no such link") },
    },
  },
};
