/**
 * S3's notifications, with which it invokes a function: which objects were created. They arrive at least once, in any
 * order, and an object may have been replaced or removed in the meantime.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import * as z from "zod/mini";

const made = z.object({
  eventName: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), eTag: z.optional(z.string()), size: z.optional(z.number()) }),
  }),
});

/** What the function is invoked with. The test event that S3 sends when notifications are set up has no records. */
export const bucketEvent = z.object({ Records: z.optional(z.array(made)) });

/** An object named by a notification; `etag` identifies the bytes that the notification is about. */
export type BucketObject = { bucket: string; key: string; etag: string };

/** A load balancer writes this file once, to check its access; it is not a log. */
const TEST_FILE = "ELBAccessLogTestFile";

/** The objects of a notification that may contain lines. */
export function readBucketObjects({ Records = [] }: z.infer<typeof bucketEvent>): BucketObject[] {
  return Records.filter(({ eventName }) => eventName.startsWith("ObjectCreated:")).flatMap(({ s3 }) => {
    const { key, eTag = "", size } = s3.object;
    const name = decodeURIComponent(key.replaceAll("+", " "));
    return size === 0 || name.endsWith(TEST_FILE) ? [] : [{ bucket: s3.bucket.name, key: name, etag: eTag }];
  });
}
