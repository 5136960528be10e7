/** What shippers, collectors and containers write before a line: syslog's header, a time, the name of a container. */

const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)`;
const tag = String.raw`(?:[\w.-]+ )?[\w./-]+(?:\[[\w.]+\])?: `;
const prefix = new RegExp(
  [
    String.raw`<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ (?:-|\[[^\]]*\]) `, // RFC 5424
    String.raw`(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ${tag}`, // RFC 3164, with or without a host
    `${time} std(?:out|err) [FP] `, // Kubernetes: containerd, CRI-O
    String.raw`(?:<\d{1,3}>)?${time} (?:${tag})?`, // rsyslog, journald, Heroku; docker and kubectl with --timestamps
    String.raw`(?:\x1b\[[\d;]*m)?[\w.-]+ +\| (?:\x1b\[0m)?(?:${time} )?`, // docker compose
    String.raw`\[[\w./-]+\] (?:${time} )?`, // kubectl logs --prefix
  ]
    .map((pattern) => `(?:${pattern})`)
    .join("|"),
  "y",
);

/** Where the line itself begins: 0 without a prefix. */
export function endOfPrefix(line: string): number {
  prefix.lastIndex = 0;
  return prefix.test(line) ? prefix.lastIndex : 0;
}
