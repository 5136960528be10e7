import { expect, test } from "vitest";
import { countFiles, type Person, personFiles, unloadOthers } from "../../src/athena-queries/person-rows.ts";

const person: Person = { column: "visitor_id", id: `it's "me"` };
const days = ["2026-11-21", "2026-11-22"];
const files = ["s3://lake/events/dt=2026-11-22/a.parquet", "s3://lake/events/dt=2026-11-22/b.parquet"];
const to = { bucket: "lake", folder: "erase/staged/run-1/" };

test("a person's files are found by parameters alone", async () => {
  const { text, params } = personFiles("events", person, days);
  await expect(text).toMatchFileSnapshot("sql/person-files.sql");
  expect(params).toEqual(["'2026-11-21'", "'2026-11-22'", `'it''s "me"'`]);
  await expect(personFiles("rejected", person, days).text).toMatchFileSnapshot("sql/person-files-rejected.sql");
  await expect(countFiles("events", days).text).toMatchFileSnapshot("sql/count-files.sql");
});

test("an id that JSON writes otherwise is looked for in both forms", () => {
  expect(personFiles("rejected", person, ["2026-11-22"]).params).toContain(`'it''s \\"me\\"'`);
  expect(personFiles("rejected", { ...person, id: "plain" }, ["2026-11-22"]).params).toEqual(
    ["'2026-11-22'", "'plain'", "'plain'"], // in the text and in its errors
  );
});

test("what else is in the files is written with every column of the table", async () => {
  const { text, params } = unloadOthers({ table: "events", person, day: "2026-11-22", files }, to);
  await expect(text).toMatchFileSnapshot("sql/unload-others.sql");
  expect(params).toEqual(["'2026-11-22'", ...files.map((file) => `'${file}'`), `'it''s "me"'`]);
});

test.each([
  { ...to, bucket: "la'ke" },
  { ...to, folder: "erase/../x/" },
  { ...to, folder: "erase" },
])("a place such as %j is refused", (place) => {
  expect(() => unloadOthers({ table: "events", person, day: "2026-11-22", files }, place)).toThrow("not plain names");
});
