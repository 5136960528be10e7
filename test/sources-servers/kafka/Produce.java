import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records to a topic of three partitions, which it creates first: `java -cp 'lib/*' Produce.java SERVER TOPIC
 * COMPRESSION`. Its input has one in each line (`partition`, `timestamp`, and in base64 `key`, `value` and `headers`, all
 * but the first may be null); for each it says partition and offset, in the same order. An empty line ends a transaction,
 * which takes an offset of each partition.
 */
class Produce {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", arguments[0],
            "compression.type", arguments[2],
            "max.request.size", 8_000_000,
            "transactional.id", "daymark",
            "linger.ms", 20);
    createTopic(arguments[0], arguments[1]);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      var input = new BufferedReader(new InputStreamReader(System.in));
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        if (line.isEmpty()) {
          producer.commitTransaction();
          producer.beginTransaction();
          continue;
        }
        JsonNode record = json.readTree(line);
        List<Header> headers = new ArrayList<>();
        for (var header : record.path("headers").properties())
          headers.add(new RecordHeader(header.getKey(), header.getValue().binaryValue()));
        Long timestamp = record.path("timestamp").isNumber() ? record.get("timestamp").asLong() : null;
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    arguments[1],
                    record.get("partition").asInt(),
                    timestamp,
                    record.path("key").binaryValue(),
                    record.path("value").binaryValue(),
                    headers)));
      }
      producer.commitTransaction();
    }
    for (var one : sent) System.out.println(one.get().partition() + " " + one.get().offset());
  }

  private static void createTopic(String server, String topic) throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", server))) {
      admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1))).all().get();
    } catch (ExecutionException error) {
      if (!(error.getCause() instanceof TopicExistsException)) throw error;
    }
  }
}
