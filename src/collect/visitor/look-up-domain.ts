/** The entry of a host in lower case, or else of the nearest domain that it is part of. */
export function lookUpDomain<V>(domains: ReadonlyMap<string, V>, host: string): V | undefined {
  for (let name = host; name !== ""; name = name.slice(name.indexOf(".") + 1 || name.length)) {
    const found = domains.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
