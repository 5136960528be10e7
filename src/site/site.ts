/**
 * The answer to a browser that asks for one of the stack's own pages or scripts: which encoding of it, or a 304 if the
 * browser has it.
 */

export type SiteFile = {
  /**
   * `beacon`: cached by other people's pages; `page`: requested by its own name; `hashed`: never changes under its
   * name.
   */
  kind: "beacon" | "page" | "hashed";
  type: string;
  etag: string;
  /** Hashes of a page's inline scripts, in the form that a content security policy needs. */
  inlineScripts?: readonly string[];
  /** Whether it may be shown in other people's pages. */
  isShared?: boolean;
  /** The content, compressed, as base64. */
  br: string;
  gzip: string;
};
export type Encoding = "br" | "gzip" | "identity";
type FileHeaders = Record<string, string>;
export type SiteAnswer =
  | { status: 200; headers: FileHeaders; encoding: Encoding }
  | { status: 304; headers: FileHeaders; encoding?: undefined };

const day = 86_400;
const keeping = {
  // A new beacon may take a day to reach everyone, and nobody waits for it meanwhile.
  beacon: { "cache-control": `public, max-age=${day}, stale-while-revalidate=${7 * day}` },
  page: { "cache-control": "no-cache" },
  hashed: { "cache-control": `public, max-age=${365 * day}, immutable` },
} satisfies Record<SiteFile["kind"], FileHeaders>;

/** The file at a path. All pages of the demo are one file, and a stage without the demo has none of them. */
export function findFile(
  files: Readonly<Record<string, SiteFile>>,
  path: string,
  hasDemo: boolean,
): SiteFile | undefined {
  if (path === SHARED && files["/"] !== undefined) return { ...files["/"], isShared: true };
  const name = path.startsWith("/demo/") ? "/demo" : path;
  if (!Object.hasOwn(files, name) || (name === "/demo" && !hasDemo)) return undefined;
  return files[name];
}

/** The page of shared links: the dashboard, which there knows only the link, and may be shown in other people's pages. */
const SHARED = "/share";

/** Decides the answer to a request for `file`; `encoding` says in which encoding the body is to be sent. */
export function answerWithFile(
  file: SiteFile,
  request: { accepts?: string | undefined; has?: string | undefined },
): SiteAnswer {
  const headers = {
    ...keeping[file.kind],
    etag: file.etag,
    vary: "accept-encoding",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    // Only the beacon is meant for other people's pages.
    "cross-origin-resource-policy": file.kind === "beacon" || file.isShared ? "cross-origin" : "same-origin",
    ...(file.kind === "page" ? { "content-security-policy": pagePolicy(file) } : {}),
  };
  if (isAmong(file.etag, request.has)) return { status: 304, headers };
  const encoding = chooseEncoding(request.accepts);
  const encoded: FileHeaders = encoding === "identity" ? {} : { "content-encoding": encoding };
  return { status: 200, headers: { ...headers, "content-type": file.type, ...encoded }, encoding };
}

/** The smallest encoding that the browser accepts. https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding */
export function chooseEncoding(accepts = ""): Encoding {
  const weights = new Map(accepts.toLowerCase().split(",").map(readWeight));
  const takes = (name: string) => (weights.get(name) ?? weights.get("*") ?? 0) > 0;
  return takes("br") ? "br" : takes("gzip") ? "gzip" : "identity";
}

function readWeight(item: string): [name: string, weight: number] {
  const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  return [name, weight === undefined ? 1 : Number(weight.slice(2))];
}

// Everything from this host, nothing from elsewhere, and no inline script that was not there when the page was built.
function pagePolicy({ inlineScripts = [], isShared = false }: SiteFile): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...inlineScripts.map((hash) => `'${hash}'`)].join(" "),
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${isShared ? "*" : "'none'"}`,
  ].join("; ");
}

/** If-None-Match compares weakly. https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */
function isAmong(etag: string, list: string | undefined): boolean {
  if (list === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return list.trim() === "*" || list.split(",").some((tag) => opaque(tag) === opaque(etag));
}
