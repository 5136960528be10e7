/**
 * The Lambda that an event source mapping invokes with Kafka records. If anything cannot be taken now, the invocation
 * fails and is repeated as a whole; each event still counts once.
 */
import { batchesByMinute } from "../collect/logs/named-batches.ts";
import { withInvocation } from "../invocation.ts";
import { kafkaEvent, readKafkaRecords } from "../sources/aws/kafka-records.ts";
import { sourceIntake } from "../wiring/source-intake.ts";

const take = sourceIntake("kafka");

export const handler = withInvocation((event: unknown) =>
  take(batchesByMinute("kafka", readKafkaRecords(kafkaEvent.parse(event)))),
);
