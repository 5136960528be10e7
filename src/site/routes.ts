/**
 * Which methods each path takes: what no route takes arrives here (route `$default`), and is told what would be taken.
 * A test compares this with the routes of the compiled template.
 */

type Route = { path: string; methods: readonly string[]; needs?: "demo" | "logs" };
export type Optional = { demo: boolean; logs: boolean };

const read = ["GET", "HEAD"];
const log = ["POST", "HEAD"];

export const routes: readonly Route[] = [
  { path: "/", methods: read },
  { path: "/share", methods: read },
  { path: "/beacon.js", methods: read },
  { path: "/beacon.mjs", methods: read },
  { path: "/openapi.json", methods: read },
  { path: "/assets/{file}", methods: read },
  { path: "/demo", methods: read, needs: "demo" },
  { path: "/demo/{page+}", methods: read, needs: "demo" },
  { path: "/v1/events", methods: ["POST"] },
  { path: "/v1/pixel.gif", methods: ["GET"] },
  { path: "/v1/logs", methods: log, needs: "logs" },
  { path: "/v1/logs/access", methods: log, needs: "logs" },
  { path: "/v1/logs/app", methods: log, needs: "logs" },
  { path: "/v1/metrics", methods: read },
  { path: "/v1/metrics/{metric}", methods: read },
  { path: "/v1/live/{metric}", methods: read },
  { path: "/v1/status", methods: read },
  { path: "/v1/session", methods: ["POST", "DELETE"] },
  { path: "/v1/shares", methods: ["GET", "POST"] },
  { path: "/v1/shares/{share}", methods: ["DELETE"] },
  { path: "/v1/health", methods: read },
];

const patterns = routes.map((route) => ({ ...route, pattern: patternOf(route.path) }));

/** The methods that a path takes on a stage; none if there is nothing. */
export function methodsAt(path: string, has: Optional): readonly string[] {
  const found = patterns.find(({ pattern, needs }) => pattern.test(path) && (needs === undefined || has[needs]));
  return found === undefined ? [] : [...found.methods, "OPTIONS"];
}

type Refusal = { code?: "not_found" | "method_not_allowed"; detail: string; headers: Record<string, string> };

/** What is answered where no file is: no code if OPTIONS asked what a path takes. */
export function refusalOf(method: string, path: string, has: Optional): Refusal {
  const methods = methodsAt(path, has);
  const allow = methods.join(", ");
  if (methods.length > 0 && method === "OPTIONS") return { detail: "", headers: { allow } };
  if (methods.length === 0 || methods.includes(method))
    return { code: "not_found", detail: "Cannot find this path: /openapi.json has every path", headers: {} };
  const detail = `Cannot answer ${method.slice(0, 20)}: this path takes ${allow}`;
  return { code: "method_not_allowed", detail, headers: { allow } };
}

function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.]/g, "\\$&").replace(/\{\w+\+\}/g, ".+");
  return new RegExp(`^${escaped.replace(/\{\w+\}/g, "[^/]+")}$`);
}
