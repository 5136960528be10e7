import { expect, test } from "vitest";
import { OptionsError, parseOptions } from "../../tools/options.ts";

const defaults = { runs: 10, only: Number.NaN, url: "http://here", full: false };

test("options have their defaults' kinds", () => {
  expect(parseOptions([], defaults)).toEqual({ ...defaults, names: [] });
  const given = ["--runs", "3", "--only", "0", "--url", "http://there", "--full"];
  expect(parseOptions(given, defaults)).toEqual({ runs: 3, only: 0, url: "http://there", full: true, names: [] });
});

test.each([
  [["--runs", "many"], 'Cannot use --runs "many": it is a number from 0 to 50'],
  [["--runs", "-1"], "Option '--runs' argument is ambiguous"],
  [["--runs=-1"], 'Cannot use --runs "-1"'],
  [["--runs="], 'Cannot use --runs ""'],
  [["--runs", "51"], 'Cannot use --runs "51"'],
  [["--run", "3"], "Unknown option '--run'"],
  [["strem"], 'Cannot run "strem": there are stream, costs'],
])("%j is refused by name and value", (args, message) => {
  const parsing = () => parseOptions(args, defaults, { most: { runs: 50 }, names: ["stream", "costs"] });
  expect(parsing).toThrow(OptionsError);
  expect(parsing).toThrow(message);
});

test("names are taken where a tool has some", () => {
  expect(parseOptions(["costs", "--full"], defaults, { names: ["stream", "costs"] })).toMatchObject({
    names: ["costs"],
    full: true,
  });
  expect(() => parseOptions(["costs"], defaults)).toThrow(OptionsError);
});
