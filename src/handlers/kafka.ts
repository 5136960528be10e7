/**
 * Lambda that an event source mapping invokes with records of Kafka.
 * What cannot be taken now fails the invocation, and all of it comes again: each event counts once.
 */
import { batchesByMinute } from "../collect/logs/named-batches.ts";
import { withInvocation } from "../invocation.ts";
import { kafkaEvent, readKafkaRecords } from "../sources/aws/kafka-records.ts";
import { sourceIntake } from "../wiring/source-intake.ts";

const take = sourceIntake();

export const handler = withInvocation((event: unknown) =>
  take(batchesByMinute("kafka", readKafkaRecords(kafkaEvent.parse(event)))),
);
