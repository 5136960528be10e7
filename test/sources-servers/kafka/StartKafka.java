import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A broker of Kafka that is its own controller: `java -cp 'lib/*' StartKafka.java FOLDER PORT CONTROLLER_PORT`, until its
 * input ends.
 */
class StartKafka {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path settings = folder.resolve("server.properties");
    Files.write(
        settings,
        List.of(
            "process.roles=broker,controller",
            "node.id=1",
            "controller.quorum.voters=1@127.0.0.1:" + arguments[2],
            "listeners=PLAINTEXT://127.0.0.1:" + arguments[1] + ",CONTROLLER://127.0.0.1:" + arguments[2],
            "controller.listener.names=CONTROLLER",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs=" + folder.resolve("data"),
            "auto.create.topics.enable=false",
            "message.max.bytes=8000000",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "transaction.state.log.num.partitions=1",
            // A consumer that was killed is missed after a second, not after 45.
            "group.min.session.timeout.ms=500",
            "group.initial.rebalance.delay.ms=0"));
    String[] format = {"format", "--cluster-id", "daymark-test-cluster-1", "--config", settings.toString()};
    if (kafka.tools.StorageTool.execute(format, System.out) != 0) System.exit(1);
    Thread end =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (java.io.IOException error) {
                // Its parent is gone.
              }
              System.exit(0);
            });
    end.setDaemon(true);
    end.start();
    kafka.Kafka.main(new String[] {settings.toString()});
  }
}
