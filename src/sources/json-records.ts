/**
 * The records of a shipper's body, detected from its bytes and not from its content type: a JSON array (Fluent Bit,
 * Vector), objects one after another, with or without newlines between them (`json_lines`, `json_stream`, Fluentd), or
 * plain lines of text.
 */
import { parseBounded } from "./bounded-json.ts";

/**
 * The records in order: objects or lines of text. What cannot be parsed becomes a line of its own, so that it is
 * stored.
 */
export function readRecords(body: string): unknown[] {
  const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body;
  const start = text.trimStart();
  if (start.startsWith("[")) {
    const list = parse(text);
    if (Array.isArray(list)) return list;
  }
  return text.includes("{") ? readObjects(text, start.startsWith("{")) : linesOf(text);
}

/**
 * Usually there is one object per line, whatever a few damaged lines are. Objects over several lines, or several on one
 * line, are found by their braces.
 */
function readObjects(text: string, isJson: boolean): unknown[] {
  const lines = linesOf(text);
  const parsed = lines.map((line) => (line.startsWith("{") ? parse(line) : undefined));
  const count = parsed.filter((value) => value !== undefined).length;
  if (count * 2 >= lines.length) return lines.flatMap((line, i) => parsed[i] ?? cutLine(line));
  return isJson ? cutLine(text) : lines;
}

function cutLine(text: string): unknown[] {
  return text.startsWith("{") ? cutObjects(text).map((piece) => parse(piece) ?? piece) : [text];
}

/** Cuts a text after each brace that closes an outermost object. */
function cutObjects(text: string): string[] {
  const pieces: string[] = [];
  let [depth, from, isText] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isText) {
      if (character === "\\") at++;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth <= 0) {
      pieces.push(text.slice(from, at + 1));
      [depth, from] = [0, at + 1];
    }
  }
  pieces.push(text.slice(from));
  return pieces.map((piece) => piece.replace(/^[\s,]+|\s+$/g, "")).filter((piece) => piece !== "");
}

function linesOf(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trimEnd()]));
}

function parse(text: string): unknown {
  try {
    return parseBounded(text);
  } catch {
    return undefined;
  }
}
