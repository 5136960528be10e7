/** Generated lines of an access log, one per second starting on a day in 2024, some of them equal. */
export function accessLines(count: number, from = Date.UTC(2024, 1, 28, 12)): string[] {
  return Array.from({ length: count }, (_, i) => {
    const [, day, month, year, time] =
      /(\d\d) (\w{3}) (\d{4}) (\S+)/.exec(new Date(from + Math.floor(i / 3) * 1000).toUTCString()) ?? [];
    const at = `${day}/${month}/${year}:${time} +0000`;
    // The first two of three are equal.
    const path = i % 3 === 2 ? `/item/${i}` : "/";
    return `203.0.113.${Math.floor(i / 3) % 250} - - [${at}] "GET ${path} HTTP/1.1" ${i % 50 === 49 ? 500 : 200} ${i} "-" "Mozilla/5.0 (X11; Linux x86_64)"`.replace(
      i % 3 === 2 ? "" : ` ${i} "-"`,
      i % 3 === 2 ? "" : ' 7 "-"',
    );
  });
}
