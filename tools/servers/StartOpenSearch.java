import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/**
 * OpenSearch's own server with the modules of a folder: `java -cp 'lib/*' StartOpenSearch.java FOLDER PORT`, until its
 * input ends. Its usual start refuses to run as root.
 */
class StartOpenSearch {
  public static void main(String[] arguments) throws Exception {
    Settings settings =
        Settings.builder()
            .put("path.home", arguments[0])
            .put("http.port", arguments[1])
            .put("transport.port", "0")
            .put("network.host", "127.0.0.1")
            .put("discovery.type", "single-node")
            // A disk that is nearly full would make its indices read-only.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
    Node node = new Node(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node")).start();
    while (System.in.read() >= 0) {}
    node.close();
  }
}
