import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Elasticsearch's own server with the modules of a folder: `java -cp 'lib/*' StartElasticsearch.java FOLDER PORT`, until
 * its input ends. Its usual start refuses to run as root, and expects the files of its package.
 */
class StartElasticsearch {
  public static void main(String[] arguments) throws Exception {
    LogConfigurator.configureESLogging();
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
    Path config = Path.of(arguments[0], "config");
    Environment environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> "node");
    PluginsLoader plugins =
        PluginsLoader.createPluginsLoader(modulesOf(environment), Set.of(), Map.of(), false);
    Node node = new Node(environment, plugins).start();
    while (System.in.read() >= 0) {}
    node.close();
  }

  /** In version 9 it takes one argument more. */
  @SuppressWarnings("unchecked")
  private static Set<PluginBundle> modulesOf(Environment environment) throws Exception {
    Path folder = environment.modulesDir();
    Method load =
        Stream.of(PluginsLoader.class.getMethods())
            .filter(method -> method.getName().equals("loadModulesBundles"))
            .findFirst()
            .orElseThrow();
    Object[] values = load.getParameterCount() == 1 ? new Object[] {folder} : new Object[] {folder, false};
    return (Set<PluginBundle>) load.invoke(null, values);
  }
}
