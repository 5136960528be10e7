/** Finds the declared route of a request: `GET /v1/metrics/{metric}`, `ANY /x`, `GET /files/{rest+}`, `$default`. */
import type { Route } from "../cloudformation/template.ts";

export type FoundRoute = {
  functionName: string;
  routeKey: string;
  pathParameters: Record<string, string> | undefined;
};
export type Router = (method: string, path: string) => FoundRoute | undefined;

/**
 * Full matches take precedence over those with parameters, as in API Gateway; among the latter, the declared order
 * decides.
 */
export function createRouter(routes: Route[]): Router {
  const exact = new Map<string, FoundRoute>();
  const patterns: { method: string; pattern: RegExp; route: FoundRoute }[] = [];
  for (const { method, path, functionName } of routes) {
    const routeKey = path === "" ? method : `${method} ${path}`;
    const route: FoundRoute = { functionName, routeKey, pathParameters: undefined };
    if (path.includes("{")) patterns.push({ method, pattern: pathPattern(path), route });
    else exact.set(routeKey, route);
  }
  return (method, path) =>
    exact.get(`${method} ${path}`) ?? exact.get(`ANY ${path}`) ?? matchPattern(method, path) ?? exact.get("$default");

  function matchPattern(method: string, path: string): FoundRoute | undefined {
    for (const { method: wanted, pattern, route } of patterns) {
      if (wanted !== method && wanted !== "ANY") continue;
      const groups = pattern.exec(path)?.groups;
      if (groups) return { ...route, pathParameters: mapValues(groups, decode) };
    }
    return undefined;
  }
}

function pathPattern(path: string): RegExp {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{(\w+)\\\+\}/g, "(?<$1>.+)").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}

function mapValues(record: Record<string, string>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
