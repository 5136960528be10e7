/** The two OpenSearch that are run here: the older can sort documents by id alone, the newer by their place. */
import { join } from "node:path";
import type { SearchServer } from "./search-program.ts";

function openSearch(version: string, java: SearchServer["java"], http: string): SearchServer {
  return {
    name: `OpenSearch ${version}`,
    java,
    artifacts: [
      `org.opensearch:opensearch:${version}`,
      "org.apache.logging.log4j:log4j-core:2.25.4",
      `org.opensearch:opensearch-plugin-classloader:${version}`,
      `org.opensearch.plugin:transport-netty4-client:${version}`,
    ],
    module: {
      name: "transport-netty4",
      description: "HTTP",
      version,
      "opensearch.version": version,
      "java.version": "11",
      classname: `org.opensearch.transport.${http}`,
    },
    start: join(import.meta.dirname, "StartOpenSearch.java"),
  };
}

export const openSearchServers = [
  openSearch("3.9.0", { least: 21 }, "Netty4ModulePlugin"),
  openSearch("2.19.6", { least: 11, most: 23 }, "Netty4Plugin"),
] as const;
