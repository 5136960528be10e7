/** S3 on this machine, called by the SDK as it would call AWS; what the SDK never sends is sent over plain HTTP. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AwsEndpoint, startAwsEndpoint } from "../../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../../local/faults.ts";
import { dechunk } from "../../../local/s3/body.ts";
import { startS3 } from "../../../local/s3/service.ts";

const Bucket = "lake";
const unexpected: unknown[] = [];
const faults = createFaults();
let home: string;
let endpoint: AwsEndpoint;
let s3: S3Client;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-s3-wire-"));
  const service = await startS3({ home, buckets: [Bucket], faults, onError: (error) => unexpected.push(error) });
  const invoke = async () => ({ payload: null });
  endpoint = await startAwsEndpoint({ port: 0, services: [], invoke, faults, s3: service });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  s3 = new S3Client({ endpoint: endpoint.url, region: "us-east-1", credentials, maxAttempts: 1 });
});
beforeEach(async () => {
  unexpected.length = 0;
  faults.set([]);
  await rm(join(home, "s3"), { recursive: true, force: true });
  await mkdir(join(home, "s3", Bucket), { recursive: true });
});
afterAll(async () => {
  s3.destroy();
  await endpoint[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

async function put(key: string, text = key): Promise<void> {
  const path = join(home, "s3", Bucket, key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
const textOf = async (key: string, more = {}) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key: key, ...more }))).Body?.transformToString();
/** Sends what no SDK would: the path is sent unchanged. */
function ask(method: string, path: string, headers: Record<string, string | number> = {}, body = "") {
  const asked = Promise.withResolvers<{ status: number | undefined; text: string; code: string | undefined }>();
  const { port } = endpoint;
  const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    answer.on("end", () =>
      asked.resolve({ status: answer.statusCode, text, code: /<Error><Code>(\w+)</.exec(text)?.[1] }),
    );
  });
  sent.on("error", asked.reject).end(body);
  return asked.promise;
}
/** The name and status of a call's error. */
const refusal = async (call: Promise<unknown>): Promise<[string, number]> => {
  const error = await call.then(
    () => ({ name: "no error", $metadata: { httpStatusCode: 200 } }),
    (thrown) => thrown,
  );
  return [error.name, error.$metadata?.httpStatusCode];
};

/** Every key of a listing, page by page, and the number of pages. */
async function listAll(options: { Prefix?: string; Delimiter?: string; MaxKeys?: number; StartAfter?: string }) {
  const [keys, prefixes]: [string[], string[]] = [[], []];
  let ContinuationToken: string | undefined;
  let pages = 0;
  do {
    const more = ContinuationToken === undefined ? {} : { ContinuationToken };
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ...options, ...more }));
    for (const { Key } of page.Contents ?? []) keys.push(Key ?? "");
    for (const { Prefix } of page.CommonPrefixes ?? []) prefixes.push(Prefix ?? "");
    ContinuationToken = page.NextContinuationToken;
    pages++;
  } while (ContinuationToken !== undefined);
  return { keys, prefixes, pages };
}

describe("a bucket", () => {
  test("is listed, is there, and is in a region", async () => {
    expect((await s3.send(new ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
    expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe("us-east-1");
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint ?? "").toBe("");
  });

  test("that is not there is said to be missing", async () => {
    const other = { Bucket: "other" };
    expect(await refusal(s3.send(new HeadBucketCommand(other)))).toEqual(["NotFound", 404]);
    expect(await refusal(s3.send(new ListObjectsV2Command(other)))).toEqual(["NoSuchBucket", 404]);
    expect(await refusal(s3.send(new PutObjectCommand({ ...other, Key: "x", Body: "x" })))).toEqual([
      "NoSuchBucket",
      404,
    ]);
    expect(await readdir(join(home, "s3"))).toEqual([Bucket]);
  });

  test("may be named by the host", async () => {
    await put("a/b.txt", "by its host");
    for (const host of [`${Bucket}.localhost`, `${Bucket}.s3.localhost`, `${Bucket}.s3.us-east-1.localhost`]) {
      const { text } = await ask("GET", "/a/b.txt", { host: `${host}:${endpoint.port}` });
      expect([host, text]).toEqual([host, "by its host"]);
    }
  });
});

describe("a listing", () => {
  test("has keys in the order of their bytes, whatever folders they are in", async () => {
    const keys = ["a", "a-b/x", "a.b", "a0", "b/", "z/y/x", "Ünï", "日本/1", "\u{1f600}", "\uff5e"].filter(
      (key) => !key.endsWith("/"),
    );
    for (const key of keys) await put(key);
    const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect((await listAll({})).keys).toEqual(sorted);
    expect((await listAll({ MaxKeys: 1 })).keys).toEqual(sorted);
  });

  test("says of each object what is to be known", async () => {
    await put("events/dt=2026-11-22/a.parquet", "12345");
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "events/dt=2026-11-22/a.parquet" }));
    expect(Contents).toMatchObject([
      { Key: "events/dt=2026-11-22/a.parquet", Size: 5, ETag: head.ETag, StorageClass: "STANDARD" },
    ]);
    expect(head.LastModified?.getTime()).toBe(Math.floor((Contents?.[0]?.LastModified?.getTime() ?? 0) / 1000) * 1000);
  });

  test("leaves out what is being written and folders that hold nothing", async () => {
    await put("a/.x.parquet.0198f2f4-8c00-7aaa-8bbb-0123456789ab.tmp");
    await put("a/_SUCCESS");
    await mkdir(join(home, "s3", Bucket, "empty/deep"), { recursive: true });
    expect(await listAll({ Delimiter: "/" })).toMatchObject({ keys: [], prefixes: ["a/"] });
    expect((await listAll({})).keys).toEqual(["a/_SUCCESS"]);
  });

  test("of the first version goes on by marker", async () => {
    for (const key of ["a", "b/1", "b/2", "c"]) await put(key);
    const first = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 2 }));
    expect([first.Contents?.[0]?.Key, first.CommonPrefixes, first.IsTruncated]).toEqual([
      "a",
      [{ Prefix: "b/" }],
      true,
    ]);
    const second = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: "/", Marker: first.NextMarker }));
    expect([second.Contents?.map(({ Key }) => Key), second.IsTruncated]).toEqual([["c"], false]);
  });

  test("equals what S3 would list, for any keys, prefix, delimiter and page", async () => {
    const part = fc.constantFrom("a", "b", "a-", "a!", "é", "dt=1", "dt=2", "%", "+ &");
    const key = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const any = fc.record({
      keys: fc.uniqueArray(key, { maxLength: 12 }),
      Prefix: fc.constantFrom("", "a", "a/", "dt=", "a/b", "a/b/", "é/", "nothing"),
      Delimiter: fc.constantFrom("", "/", "t", "a/"),
      MaxKeys: fc.integer({ min: 1, max: 5 }),
      StartAfter: fc.constantFrom("", "a", "a/", "a/b", "b"),
    });
    await fc.assert(
      fc.asyncProperty(any, async ({ keys, Prefix, Delimiter, MaxKeys, StartAfter }) => {
        await rm(join(home, "s3", Bucket), { recursive: true, force: true });
        // A file and a folder cannot have the same name; S3's keys can.
        const own = keys.filter((one) => !keys.some((other) => other.startsWith(`${one}/`)));
        for (const one of own) await put(one);
        const options = { Prefix, MaxKeys, ...(Delimiter && { Delimiter }), ...(StartAfter && { StartAfter }) };
        expect(await listAll(options)).toMatchObject(expected(own, options));
      }),
      { numRuns: 60 },
    );
  });
});

function expected(keys: string[], { Prefix = "", Delimiter = "", StartAfter = "" }: { [name: string]: unknown }) {
  const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
  const own = sorted.filter(
    (key) =>
      key.startsWith(String(Prefix)) &&
      (StartAfter === "" || Buffer.compare(Buffer.from(key), Buffer.from(String(StartAfter))) > 0),
  );
  const rolled = (key: string) => {
    const at = Delimiter === "" ? -1 : key.indexOf(String(Delimiter), String(Prefix).length);
    return at < 0 ? undefined : key.slice(0, at + String(Delimiter).length);
  };
  const isPassed = (prefix: string | undefined) => prefix !== undefined && prefix === StartAfter;
  const left = own.filter((key) => !isPassed(rolled(key)));
  return {
    keys: left.filter((key) => rolled(key) === undefined),
    prefixes: [...new Set(left.flatMap((key) => rolled(key) ?? []))],
  };
}

describe("an object", () => {
  test("comes back as it was put, under any key that a file can have", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    for (const Key of ["a", "deep/er/x.parquet", "with space+plus&amp;/%41", "日本/é'\"<>"]) {
      const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes }));
      const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
      expect([got.ETag, got.ContentLength]).toEqual([ETag, bytes.length]);
      expect(await readFile(join(home, "s3", Bucket, Key))).toEqual(bytes);
    }
  });

  test.each([
    ["bytes=0-0", "0", "bytes 0-0/10"],
    ["bytes=2-4", "234", "bytes 2-4/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-30", "0123456789", "bytes 0-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
    ["bytes=5-2", "0123456789", undefined],
    ["lines=1-2", "0123456789", undefined],
  ])("is read by the range %s", async (Range, text, range) => {
    await put("x", "0123456789");
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "x", Range }));
    expect([await got.Body?.transformToString(), got.ContentRange]).toEqual([text, range]);
  });

  test("has no range behind its end, and an empty one has none", async () => {
    await put("x", "0123456789");
    await put("empty", "");
    expect(await refusal(textOf("x", { Range: "bytes=10-" }))).toEqual(["InvalidRange", 416]);
    expect(await refusal(textOf("empty", { Range: "bytes=0-1" }))).toEqual(["InvalidRange", 416]);
    expect(await textOf("empty")).toBe("");
  });

  test("is given on conditions", async () => {
    await put("x");
    const { ETag = "", LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key: "x" }));
    expect(await textOf("x", { IfMatch: ETag, IfUnmodifiedSince: new Date(0) })).toBe("x");
    expect(await refusal(textOf("x", { IfMatch: '"other"' }))).toEqual(["PreconditionFailed", 412]);
    expect((await refusal(textOf("x", { IfNoneMatch: ETag })))[1]).toBe(304);
    expect((await refusal(textOf("x", { IfModifiedSince: LastModified })))[1]).toBe(304);
    expect((await refusal(textOf("x", { IfUnmodifiedSince: new Date(0) })))[1]).toBe(412);
    await put("x", "changed");
    expect(await textOf("x", { IfNoneMatch: ETag })).toBe("changed");
  });

  test("that is not there, or is a folder, is missing", async () => {
    await put("folder/x");
    for (const Key of ["no", "folder", "folder/", "folder/x/y", `${"n".repeat(300)}/x`]) {
      expect([Key, await refusal(textOf(Key))]).toEqual([Key, ["NoSuchKey", 404]]);
      expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key })))).toEqual(["NotFound", 404]);
    }
  });

  test("is only made new on the condition that there is none", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "first", IfNoneMatch: "*" }));
    const second = s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "second", IfNoneMatch: "*" }));
    expect(await refusal(second)).toEqual(["PreconditionFailed", 412]);
    expect([await textOf("x"), await readdir(join(home, "s3", Bucket))]).toEqual(["first", ["x"]]);
  });

  test("is copied, and deleted, alone or with others", async () => {
    await put("from/a b", "copied");
    await s3.send(new CopyObjectCommand({ Bucket, Key: "to", CopySource: `${Bucket}/from/a%20b` }));
    expect(await textOf("to")).toBe("copied");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "to" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "to" }));
    expect(await refusal(textOf("to"))).toEqual(["NoSuchKey", 404]);
    for (const key of ["x/1", "x/2", "y&<"]) await put(key);
    const Objects = ["x/1", "y&<", "gone", "../out"].map((Key) => ({ Key }));
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(["x/1", "y&<", "gone"]);
    expect(Errors).toMatchObject([{ Key: "../out", Code: "InvalidRequest" }]);
    expect((await listAll({})).keys).toEqual(["from/a b", "x/2"]);
  });

  test("whose bytes are not what the client says is not stored", async () => {
    const wrong = { ContentMD5: createHash("md5").update("other").digest("base64") };
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x", ...wrong })))).toEqual([
      "BadDigest",
      400,
    ]);
    const sha = { ChecksumSHA256: createHash("sha256").update("other").digest("base64") };
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x", ...sha })))).toEqual([
      "BadDigest",
      400,
    ]);
    const crc = { ChecksumCRC32: "AAAAAA==" };
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x", ...crc })))).toEqual([
      "BadDigest",
      400,
    ]);
    expect(await readdir(join(home, "s3", Bucket))).toEqual([]);
  });

  test("may come in signed chunks", async () => {
    const body =
      "5;chunk-signature=0abc\r\nhello\r\n7;chunk-signature=1\r\n\r\nwor\r\n\r\n0;chunk-signature=2\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    const headers = {
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      "x-amz-decoded-content-length": 12,
    };
    expect((await ask("PUT", `/${Bucket}/x`, headers, body)).status).toBe(200);
    expect(await textOf("x")).toBe("hello\r\nwor\r\n");
    const longer = { ...headers, "x-amz-decoded-content-length": 13 };
    expect((await ask("PUT", `/${Bucket}/x`, longer, body)).code).toBe("IncompleteBody");
    for (const length of [3, 30, 60])
      expect((await ask("PUT", `/${Bucket}/x`, headers, body.slice(0, length))).code).toBe("IncompleteBody");
    expect((await ask("PUT", `/${Bucket}/x`, headers, `z${body}`)).code).toBe("InvalidRequest");
    expect([await textOf("x"), unexpected]).toEqual(["hello\r\nwor\r\n", []]);
  });
});

test("signed chunks may be cut anywhere on their way", async () => {
  async function* inPieces(text: string, length: number) {
    for (let at = 0; at < text.length; at += length) yield Buffer.from(text.slice(at, at + length));
  }
  for (let length = 1; length < 12; length++) {
    let text = "";
    for await (const chunk of dechunk(inPieces("3\r\n\r\na\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n", length)))
      text += chunk;
    expect(text).toBe("\r\na0123456789abcdef");
  }
});

describe("an upload in parts", () => {
  const parts = [Buffer.alloc(5 * 1024 * 1024, "a"), Buffer.from("the end")];

  async function upload(Key: string) {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    return { UploadId, Parts };
  }

  test("becomes one object when it is completed, and is seen nowhere before", async () => {
    const { UploadId, Parts } = await upload("big");
    expect((await listAll({})).keys).toEqual([]);
    const listed = await s3.send(new ListPartsCommand({ Bucket, Key: "big", UploadId }));
    expect(listed.Parts?.map(({ Size }) => Size)).toEqual(parts.map(({ length }) => length));
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: "big", UploadId, MultipartUpload: { Parts } }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "big" }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Buffer.concat(parts))).toBe(true);
    expect(got.ETag).toBe(done.ETag);
    expect(await readdir(join(home, "s3-uploads"))).toEqual([]);
  });

  test("is refused with parts that are missing, out of order, or too small", async () => {
    const { UploadId, Parts } = await upload("big");
    const complete = (list: object[]) =>
      refusal(
        s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "big", UploadId, MultipartUpload: { Parts: list } })),
      );
    expect(await complete([...Parts, { PartNumber: 3, ETag: '"x"' }])).toEqual(["InvalidPart", 400]);
    expect(await complete([{ ...Parts[0], ETag: '"x"' }])).toEqual(["InvalidPart", 400]);
    expect(await complete(Parts.toReversed())).toEqual(["InvalidPartOrder", 400]);
    const small = await s3.send(new UploadPartCommand({ Bucket, Key: "big", UploadId, PartNumber: 3, Body: "x" }));
    expect(await complete([...Parts, { PartNumber: 3, ETag: small.ETag }])).toEqual(["EntityTooSmall", 400]);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "big", UploadId }));
    expect(await complete(Parts)).toEqual(["NoSuchUpload", 404]);
    expect(await refusal(textOf("big"))).toEqual(["NoSuchKey", 404]);
  });

  test("may take its parts from other objects", async () => {
    await put("from", "0123456789");
    const about = { Bucket, Key: "to" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(about));
    const source = { CopySource: `${Bucket}/from`, CopySourceRange: "bytes=2-5", PartNumber: 1 };
    const { CopyPartResult } = await s3.send(new UploadPartCopyCommand({ ...about, UploadId, ...source }));
    const Parts = [{ PartNumber: 1, ETag: CopyPartResult?.ETag }];
    await s3.send(new CompleteMultipartUploadCommand({ ...about, UploadId, MultipartUpload: { Parts } }));
    expect(await textOf("to")).toBe("2345");
  });

  test("is known by its own key only", async () => {
    const { UploadId } = await upload("one");
    const other = s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "two", UploadId }));
    expect(await refusal(other)).toEqual(["NoSuchUpload", 404]);
    const outside = s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "one", UploadId: "../s3/lake" }));
    expect(await refusal(outside)).toEqual(["NoSuchUpload", 404]);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "one", UploadId }));
  });
});

describe("the wire", () => {
  test.each([
    ["GET /lake/../../etc/passwd", 400, "InvalidRequest"],
    ["GET /lake/%2e%2e/%2e%2e/etc/passwd", 400, "InvalidRequest"],
    ["GET /lake/a/%2e%2e%2fb", 400, "InvalidRequest"],
    ["GET /lake/a//b", 400, "InvalidRequest"],
    ["GET /lake//a", 400, "InvalidRequest"],
    ["GET /lake/a%00b", 400, "InvalidRequest"],
    ["DELETE /lake/..", 400, "InvalidRequest"],
    ["GET /..%2flake/x", 404, "NoSuchBucket"],
    ["GET /../lake/x", 404, "NoSuchBucket"],
    ["GET /lake/%zz", 400, "InvalidURI"],
    ["GET /lake/x?acl", 501, "NotImplemented"],
    ["GET /lake?policy", 501, "NotImplemented"],
    ["PUT /lake", 501, "NotImplemented"],
    ["DELETE /lake", 501, "NotImplemented"],
    ["POST /lake/x", 501, "NotImplemented"],
    ["PUT /", 405, "MethodNotAllowed"],
    ["GET /lake?list-type=2&max-keys=many", 400, "InvalidArgument"],
  ])("refuses %s", async (line, status, code) => {
    await put("a/b");
    const [method = "", path = ""] = line.split(" ");
    expect(await ask(method, path)).toMatchObject({ status, code });
    expect(unexpected).toEqual([]);
  });

  test("copies nothing from outside of the buckets", async () => {
    for (const [source, code] of [
      ["/lake/../../x", "InvalidRequest"],
      ["../x", "InvalidBucketName"],
      ["lake", "InvalidRequest"],
      ["lake/no", "NoSuchKey"],
      ["no%zz", "InvalidURI"],
    ])
      expect((await ask("PUT", "/lake/x", { "x-amz-copy-source": source ?? "" })).code).toBe(code);
    expect(await readdir(join(home, "s3", Bucket))).toEqual([]);
  });

  test("says which key the file system cannot hold", async () => {
    await put("a");
    for (const [Key, code] of [
      ["a/b", "InvalidRequest"],
      ["n".repeat(300), "KeyTooLongError"],
    ])
      expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" })))).toEqual([code, 400]);
    await put("folder/x");
    const folder = s3.send(new PutObjectCommand({ Bucket, Key: "folder", Body: "x" }));
    expect(await refusal(folder)).toEqual(["InvalidRequest", 400]);
  });

  test("breaks where a test says so", async () => {
    await put("x");
    faults.set([{ point: "s3.request", action: "error", code: "SlowDown", where: { operation: "GetObject" } }]);
    expect(await refusal(textOf("x"))).toEqual(["SlowDown", 503]);
  });

  test("is closed to what a page loads, which comes without an origin", async () => {
    await put("x");
    const headers = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { host: "evil.example" },
    ];
    for (const one of headers) expect((await ask("GET", "/lake/x", one)).status).toBe(403);
    expect((await ask("GET", "/lake/x")).text).toBe("x");
  });
});
