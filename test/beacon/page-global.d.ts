/** What the beacon adds to a page. (Its own types are for a program without Node's.) */
interface Window {
  daymark?: { (name: string, fields?: object): void; optOut: (isOut?: boolean) => void; q?: unknown[] };
}
