import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic as Lambda's event source mapping does: `java -cp 'lib/*' Poll.java SERVER TOPIC GROUP BATCH_SIZE`. Each
 * line that it prints is what the function is invoked with; the answer on its input is `taken`, which commits, or else
 * the same line comes again. https://docs.aws.amazon.com/lambda/latest/dg/with-msk-process.html
 */
class Poll {
  // What an invocation may have, with base64 and what is around it. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  static final int MOST_BYTES = 6 * 1024 * 1024;
  static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", arguments[0],
            "group.id", arguments[2],
            "max.poll.records", Integer.valueOf(arguments[3]),
            "max.partition.fetch.bytes", 8_000_000,
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false,
            "session.timeout.ms", 1000,
            "heartbeat.interval.ms", 300);
    var answers = new BufferedReader(new InputStreamReader(System.in));
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(arguments[1]));
      while (true) {
        var next = new HashMap<TopicPartition, OffsetAndMetadata>();
        var full = new HashSet<TopicPartition>();
        ObjectNode records = json.createObjectNode();
        int bytes = 1000;
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          var partition = new TopicPartition(record.topic(), record.partition());
          if (full.contains(partition)) continue;
          ObjectNode described = describe(record);
          bytes += json.writeValueAsBytes(described).length + 1;
          if (bytes > MOST_BYTES) {
            // It comes in the next batch, with what is behind it.
            consumer.seek(partition, record.offset());
            full.add(partition);
            continue;
          }
          records.withArray(record.topic() + "-" + record.partition()).add(described);
          next.put(partition, new OffsetAndMetadata(record.offset() + 1));
        }
        if (records.isEmpty()) continue;
        ObjectNode event = json.createObjectNode();
        event.put("eventSource", "aws:kafka");
        event.put("eventSourceArn", "arn:aws:kafka:us-east-1:000000000000:cluster/shop/1");
        event.put("bootstrapServers", arguments[0]);
        event.set("records", records);
        String answer;
        do {
          System.out.println(json.writeValueAsString(event));
          answer = answers.readLine();
          if (answer == null) return;
        } while (!answer.equals("taken"));
        consumer.commitSync(next);
      }
    }
  }

  private static ObjectNode describe(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode described = json.createObjectNode();
    described.put("topic", record.topic()).put("partition", record.partition()).put("offset", record.offset());
    described.put("timestamp", record.timestamp()).put("timestampType", record.timestampType().name());
    // Jackson writes bytes as base64, as Lambda does.
    if (record.key() != null) described.put("key", record.key());
    if (record.value() != null) described.put("value", record.value());
    ArrayNode headers = described.putArray("headers");
    for (var header : record.headers()) {
      ArrayNode bytes = headers.addObject().putArray(header.key());
      if (header.value() != null) for (byte one : header.value()) bytes.add(one);
    }
    return described;
  }
}
