import { combinedFormat } from "./src/sources/access-log.ts";

const uas = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];
const lines = Array.from(
  { length: 200_000 },
  (_, i) =>
    `203.0.113.${i % 250} - - [25/Nov/2026:10:${String(i % 60).padStart(2, "0")}:03 +0900] "GET /item/${i}?x=${i} HTTP/1.1" 200 ${i} "https://www.google.com/" "${uas[i % 2]}"`,
);
const best = [];
for (let r = 0; r < 7; r++) {
  const read = combinedFormat.open();
  const t = process.cpuUsage();
  let n = 0;
  for (const l of lines) if (read(l)) n++;
  const u = process.cpuUsage(t);
  best.push(n / ((u.user + u.system) / 1e6));
}
console.log(Math.round(Math.max(...best)), best.map(Math.round).join(" "));
