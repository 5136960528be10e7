/**
 * S3's REST protocol on the folder of this machine's objects: what data tools need to list, read and write a lake. A
 * table maps requests to operations; everything else is refused by name.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../endpoint/aws-error.ts";
import type { Faults } from "../faults.ts";
import { readAddress } from "./address.ts";
import { readContent } from "./body.ts";
import { listObjects } from "./list-objects.ts";
import { createMultipart, type Multipart } from "./multipart.ts";
import { objectPath } from "./objects.ts";
import { readObject } from "./read-object.ts";
import type { S3Request } from "./request.ts";
import { copyObject, deleteObject, deleteObjects, putObject, readSource, type Written } from "./write-object.ts";
import { writeXml, type Xml } from "./xml.ts";

export type S3Options = { home: string; buckets: string[]; faults: Faults; onError?: (error: unknown) => void };
export type S3 = { handle(req: IncomingMessage, res: ServerResponse): Promise<void> };

type Answer = { status?: number; headers?: Record<string, string>; xml?: [root: string, content: Xml] };
/** An operation returns its answer, or has sent it itself. */
type Operation = (request: S3Request, res: ServerResponse) => Promise<Answer | undefined> | Answer;

/** Query parameters that make a request another operation. A request with one that no row below has is refused. */
const subresources =
  /^(list-type|uploads|uploadId|partNumber|delete|location|acl|cors|tagging|policy|policyStatus|versioning|versions|versionId|website|lifecycle|logging|notification|replication|encryption|accelerate|requestPayment|analytics|inventory|metrics|object-lock|ownershipControls|publicAccessBlock|retention|legal-hold|torrent|restore|select|attributes|session)$/;

/** Starts S3 for these buckets; their objects are the files under `<home>/s3/<bucket>`. */
export async function startS3({ home, buckets, faults, onError = console.error }: S3Options): Promise<S3> {
  const multipart = createMultipart(home);
  await multipart.sweep();
  const operations = operationsOf(home, multipart);
  const names = ["ListBuckets", ...Object.values(operations).map(([name]) => name)].sort();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<Answer | undefined> {
    const { bucket, key, query } = readAddress(req);
    if (bucket === undefined) return await listBuckets(req);
    const subject = key === "" ? "bucket" : "object";
    const isCopy = req.headers["x-amz-copy-source"] !== undefined;
    const asked = [...query.keys()].filter((name) => subresources.test(name)).sort();
    const parts = [req.method, subject, ...(isCopy ? ["copy"] : []), ...asked];
    const [name, run] = operations[parts.join(" ")] ?? [];
    if (!run)
      throw new AwsError("NotImplemented", `Cannot ${parts.join(" ")}: S3 on this machine has ${names.join(", ")}`);
    if (!buckets.includes(bucket))
      throw new AwsError("NoSuchBucket", `The specified bucket does not exist: "${bucket}"`);
    await faults.check("s3.request", { operation: name, bucket, key });
    return await run({ req, bucket, key, query, path: (k = key, b = bucket) => objectPath(home, b, k) }, res);
  }

  async function listBuckets({ method }: IncomingMessage): Promise<Answer> {
    if (method !== "GET")
      throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource");
    const Bucket = buckets.map((Name) => ({ Name, CreationDate: created, BucketRegion: region }));
    return { xml: ["ListAllMyBucketsResult", { Owner: { ID: "local" }, Buckets: { Bucket } }] };
  }

  return {
    async handle(req, res) {
      const headers = { "x-amz-request-id": randomUUID(), "x-content-type-options": "nosniff" };
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      try {
        const answered = await answer(req, res);
        if (answered) send(res, answered);
      } catch (error) {
        sendError(req, res, error, onError);
      } finally {
        // The unread rest of the request is discarded, so that the client sees the answer.
        req.resume();
      }
    },
  };
}

type Operations = Record<string, [name: string, run: Operation]>;

/**
 * By method, by what the request is about, by `copy` if the bytes are another object's, and by the sorted subresources
 * of the query.
 */
function operationsOf(home: string, multipart: Multipart): Operations {
  const list: Operation = ({ bucket, query }) => ({
    xml: ["ListBucketResult", listObjects(objectPath(home, bucket, ""), bucket, query)],
  });
  const readOne: Operation = async (request, res) => void (await readObject(request, res));
  return {
    "GET bucket": ["ListObjects", list],
    "GET bucket list-type": ["ListObjectsV2", list],
    "HEAD bucket": ["HeadBucket", () => ({ headers: { "x-amz-bucket-region": region } })],
    "GET bucket location": ["GetBucketLocation", () => ({ xml: ["LocationConstraint", ""] })],
    "GET bucket versioning": ["GetBucketVersioning", () => ({ xml: ["VersioningConfiguration", ""] })],
    "POST bucket delete": [
      "DeleteObjects",
      async (request) => ({ xml: ["DeleteResult", await deleteObjects(request)] }),
    ],
    "GET object": ["GetObject", readOne],
    "HEAD object": ["HeadObject", readOne],
    "PUT object": ["PutObject", async (request) => etagAnswer(await putObject(request))],
    "PUT object copy": ["CopyObject", async (request) => copied("CopyObjectResult", await copyObject(request))],
    "DELETE object": ["DeleteObject", async ({ path }) => deleteObject(path()).then(() => ({ status: 204 }))],
    "POST object uploads": [
      "CreateMultipartUpload",
      async (request) => ({ xml: ["InitiateMultipartUploadResult", await multipart.create(request)] }),
    ],
    "PUT object partNumber uploadId": [
      "UploadPart",
      async (request) => etagAnswer(await multipart.putPart(request, readContent(request.req))),
    ],
    "PUT object copy partNumber uploadId": [
      "UploadPartCopy",
      async (request) => copied("CopyPartResult", await multipart.putPart(request, readSource(request))),
    ],
    "POST object uploadId": [
      "CompleteMultipartUpload",
      async (request) => ({ xml: ["CompleteMultipartUploadResult", await multipart.complete(request)] }),
    ],
    "GET object uploadId": [
      "ListParts",
      async (request) => ({ xml: ["ListPartsResult", await multipart.list(request)] }),
    ],
    "DELETE object uploadId": [
      "AbortMultipartUpload",
      async (request) => multipart.abort(request).then(() => ({ status: 204 })),
    ],
  };
}

const region = "us-east-1";
/** Buckets are older than anything in them. */
const created = new Date(0);

function copied(root: string, { etag, modified }: Written): Answer {
  return { xml: [root, { ETag: etag, LastModified: modified }] };
}

function etagAnswer({ etag }: Written): Answer {
  return { headers: { etag } };
}

function send(res: ServerResponse, { status = 200, headers = {}, xml }: Answer): void {
  const body = xml && writeXml(...xml);
  const about = body === undefined ? {} : { "content-type": "application/xml" };
  const length = status === 204 ? {} : { "content-length": Buffer.byteLength(body ?? "") };
  res.writeHead(status, { ...about, ...length, ...headers }).end(body);
}

/** The statuses of errors other than 400. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const statuses: Record<string, number> = {
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  MethodNotAllowed: 405,
  PreconditionFailed: 412,
  InvalidRange: 416,
  InternalError: 500,
  NotImplemented: 501,
};

function sendError(req: IncomingMessage, res: ServerResponse, cause: unknown, onError: (error: unknown) => void): void {
  if (!(cause instanceof AwsError)) onError(cause);
  // Bytes are already under way: only breaking off shows that some are missing.
  if (res.headersSent || res.destroyed) return void res.destroy();
  const error = cause instanceof AwsError ? cause : new AwsError("InternalError", "We encountered an internal error");
  const { code: Code, message: Message } = error;
  const body = writeXml("Error", {
    Code,
    Message,
    Resource: req.url ?? "",
    RequestId: String(res.getHeader("x-amz-request-id")),
  });
  // An injected fault has a status of its own.
  const status = statuses[Code] ?? error.status;
  res.writeHead(status, { "content-type": "application/xml", "content-length": Buffer.byteLength(body) });
  res.end(req.method === "HEAD" ? undefined : body);
}
