/** No entry has more labels. A host may have a hundred. */
const MOST_LABELS = 6;

/** The entry of a host in lower case, or else of the nearest domain that it is part of. */
export function lookUpDomain<V>(domains: ReadonlyMap<string, V>, host: string): V | undefined {
  for (let name = lastLabels(host); name !== ""; name = name.slice(name.indexOf(".") + 1 || name.length)) {
    const found = domains.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lastLabels(host: string): string {
  let at = host.length;
  for (let labels = 0; labels < MOST_LABELS && at > 0; labels++) at = host.lastIndexOf(".", at - 1);
  return host.slice(at + 1);
}
