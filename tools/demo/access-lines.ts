/** Lines of access logs in the formats of servers and of AWS, all of one host. `time` is in epoch ms. */
import { clfTime } from "./clf-time.ts";

export type Line = { time: number; host: string; path: string; status: number; id: string };

const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0";

/** nginx's and Apache's `vhost_combined`. */
export function combinedLine({ time, host, path, status }: Line): string {
  return `${host}:443 203.0.113.7 - - [${clfTime(time)}] "GET ${path} HTTP/1.1" ${status} 512 "-" "${userAgent}"`;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
export function loadBalancerLine({ time, host, path, status, id }: Line): string {
  const request = `"GET https://${host}:443${path} HTTP/2.0" "${userAgent}"`;
  const start = `https ${new Date(time).toISOString()} app/demo/1 203.0.113.7:40000 10.0.0.1:80 0 0.01 0`;
  return `${start} ${status} ${status} 34 512 ${request} - - - "Root=${id}" "-" "-" 0 - "forward" "-" "-" "-" "-" "-" "-"`;
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html */
export function cloudFrontFile(lines: readonly Line[]): string {
  const rows = lines.map((line) => Object.values(cloudFrontRow(line)).join("\t"));
  const fields = lines.slice(0, 1).flatMap((line) => Object.keys(cloudFrontRow(line)));
  return `#Version: 1.0\n#Fields: ${fields.join(" ")}\n${rows.map((row) => `${row}\n`).join("")}`;
}

/** The same as JSON: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html */
export function cloudFrontLines(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(cloudFrontRow(line))}\n`).join("");
}

function cloudFrontRow({ time, host, path, status, id }: Line) {
  const [date = "", clock = ""] = new Date(time).toISOString().split("T");
  return {
    date,
    time: clock.slice(0, 8),
    "x-edge-location": "ICN54",
    "sc-bytes": 512,
    "c-ip": "203.0.113.7",
    "cs-method": "GET",
    "cs(Host)": "d111111abcdef8.cloudfront.net",
    "cs-uri-stem": path,
    "sc-status": status,
    "cs(Referer)": "-",
    "cs(User-Agent)": encodeURIComponent(userAgent),
    "cs-uri-query": "-",
    "x-edge-request-id": id,
    "x-host-header": host,
    "cs-protocol": "https",
  };
}
