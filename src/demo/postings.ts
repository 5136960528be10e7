/** The postings of the board. The demo's traffic (tools/demo) uses their ids. */

export type Posting = {
  id: string;
  title: string;
  company: string;
  place: string;
  weeks: number;
  field: string;
  text: string;
};

export const postings: readonly Posting[] = [
  {
    id: "tide-data-analyst",
    title: "Data analyst, tides and currents",
    company: "Busan Tide Office",
    place: "Busan",
    weeks: 12,
    field: "Data",
    text: "Turn forty years of gauge readings into a forecast that fishermen trust.",
  },
  {
    id: "lighthouse-frontend",
    title: "Front-end engineer",
    company: "Lighthouse Labs",
    place: "Seoul",
    weeks: 16,
    field: "Engineering",
    text: "Build the page that two thousand harbour masters keep open all day.",
  },
  {
    id: "kelp-biology",
    title: "Marine biology, kelp farms",
    company: "Green Shore",
    place: "Wando",
    weeks: 10,
    field: "Science",
    text: "Count what grows, find out why it does not, in boots.",
  },
  {
    id: "ferry-design",
    title: "Service design for ferries",
    company: "Island Lines",
    place: "Mokpo",
    weeks: 12,
    field: "Design",
    text: "Make a queue of eight hundred people feel short. Prototypes on real piers.",
  },
  {
    id: "port-security",
    title: "Network security, container port",
    company: "Gwangyang Port",
    place: "Gwangyang",
    weeks: 20,
    field: "Engineering",
    text: "Cranes are computers. Keep strangers out of them.",
  },
  {
    id: "market-marketing",
    title: "Marketing, fish market online",
    company: "Jagalchi Direct",
    place: "Busan",
    weeks: 8,
    field: "Marketing",
    text: "Explain to the whole country what is in season this week.",
  },
  {
    id: "wind-hardware",
    title: "Hardware, offshore wind",
    company: "Jeju Wind",
    place: "Jeju",
    weeks: 24,
    field: "Engineering",
    text: "Sensors that survive salt, storms and seagulls.",
  },
  {
    id: "archive-writing",
    title: "Writer, maritime archive",
    company: "National Maritime Museum",
    place: "Busan",
    weeks: 12,
    field: "Writing",
    text: "Two thousand logbooks, none of them read. Find the stories.",
  },
];

/** What featuring an application costs, in won. */
export const featurePrice = 9900;
