/** How deeply a JSON text is nested, found without reading it. */

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Whether a JSON text nests objects and arrays in more than so many levels; `[[]]` has two. */
export function isNestedDeeper(json: string, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === quote) at = endOfString(json, at + 1);
    else if (char === openBracket || char === openBrace) {
      if (++depth > levels) return true;
    } else if (char === closeBracket || char === closeBrace) depth--;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  for (let at = start; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === quote) return at;
    if (char === backslash) at++;
  }
  return json.length;
}
