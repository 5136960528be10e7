/** S3's XML: how answers are written, and the little that is read from requests. */

/** An element's content: text, a number, a list of elements of the same name, or elements; undefined leaves it out. */
export type Xml = string | number | boolean | Date | undefined | Xml[] | { [name: string]: Xml };

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A document with the root element `name`. An error has no namespace: botocore would not read it. */
export function writeXml(name: string, content: Xml): string {
  const attributes = name === "Error" ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, attributes)}`;
}

function element(name: string, content: Xml, attributes = ""): string {
  if (content === undefined) return "";
  if (Array.isArray(content)) return content.map((one) => element(name, one)).join("");
  return `<${name}${attributes}>${inner(content)}</${name}>`;
}

function inner(content: Exclude<Xml, undefined | Xml[]>): string {
  if (content instanceof Date) return content.toISOString();
  if (typeof content !== "object") return escapeText(String(content));
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join("");
}

/** Clients handle what XML 1.0 cannot contain with `encoding-type=url`, which every SDK requests for keys. */
function escapeText(text: string): string {
  return text.replace(/[<>&"\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The texts of all elements `name`, wherever they are; S3 requests never nest elements of the same name. */
export function readTexts(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}>([^<]*)</${name}>`, "g");
  return [...xml.matchAll(pattern)].map(([, text = ""]) => unescapeText(text));
}

const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
