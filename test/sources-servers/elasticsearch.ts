/**
 * The two Elasticsearch that tests run: the older does not know of vectors that are left out, the newer leaves them out
 * unless it is asked. Fetched to be tested against alone (AGPL, SSPL or Elastic License): no dependency, never published.
 */
import { join } from "node:path";
import type { SearchServer } from "../../tools/servers/search-program.ts";

function elasticsearch(version: string, java: SearchServer["java"]): SearchServer {
  return {
    name: `Elasticsearch ${version}`,
    java,
    artifacts: [`org.elasticsearch:elasticsearch:${version}`, `org.elasticsearch.plugin:transport-netty4:${version}`],
    module: {
      name: "transport-netty4",
      description: "HTTP",
      version,
      "elasticsearch.version": version,
      "java.version": "17",
      classname: "org.elasticsearch.transport.netty4.Netty4Plugin",
    },
    start: join(import.meta.dirname, "StartElasticsearch.java"),
  };
}

export const elasticsearchServers = [elasticsearch("9.5.3", { least: 21 }), elasticsearch("8.19.21", { least: 17 })];
