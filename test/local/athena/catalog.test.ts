/** What Athena says about its catalog and workgroups, over its service as the port serves it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AthenaStage, bucket, database, startAthenaStage, workGroup } from "./athena-stage.ts";

let stage: AthenaStage;
beforeAll(async () => {
  stage = await startAthenaStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const call = (operation: string, input: object = {}): Promise<unknown> => stage.call(operation, input);
const code = (answer: Promise<unknown>) =>
  answer.then(
    () => "none",
    (error) => error.code,
  );
const inCatalog = { CatalogName: "AwsDataCatalog" };

test("the catalog is AwsDataCatalog, in any case, and no other", async () => {
  expect(await call("ListDataCatalogs")).toMatchObject({ DataCatalogsSummary: [{ CatalogName: "AwsDataCatalog" }] });
  expect(await call("GetDataCatalog", { Name: "awsdatacatalog" })).toMatchObject({ DataCatalog: { Type: "GLUE" } });
  expect(await code(call("GetDataCatalog", { Name: "hive" }))).toBe("InvalidRequestException");
  expect(await code(call("ListDatabases", { CatalogName: "hive" }))).toBe("InvalidRequestException");
});

test("databases and tables have their columns and keys apart", async () => {
  expect(await call("ListDatabases", inCatalog)).toEqual({ DatabaseList: [{ Name: database }] });
  expect(await call("GetDatabase", { ...inCatalog, DatabaseName: database })).toEqual({ Database: { Name: database } });
  const listed = await call("ListTableMetadata", { ...inCatalog, DatabaseName: database });
  expect(listed).toMatchObject({ TableMetadataList: [{ Name: "events" }, { Name: "rollups" }] });
  const some = { ...inCatalog, DatabaseName: database, Expression: "roll.*", MaxResults: 1 };
  expect(await call("ListTableMetadata", some)).toMatchObject({ TableMetadataList: [{ Name: "rollups" }] });
  const one = { ...inCatalog, DatabaseName: database, TableName: "ROLLUPS" };
  expect(await call("GetTableMetadata", one)).toMatchObject({
    TableMetadata: {
      Name: "rollups",
      Columns: expect.arrayContaining([{ Name: "amount", Type: "decimal(38,0)" }]),
      PartitionKeys: [{ Name: "dt", Type: "string" }],
      Parameters: { location: `s3://${bucket}/rollups/` },
    },
  });
});

test("what is not there is named", async () => {
  expect(await code(call("GetDatabase", { ...inCatalog, DatabaseName: "no" }))).toBe("MetadataException");
  const one = { ...inCatalog, DatabaseName: database, TableName: "no" };
  expect(await code(call("GetTableMetadata", one))).toBe("MetadataException");
  expect(await code(call("ListTableMetadata", { ...inCatalog, DatabaseName: database, Expression: "(" }))).toBe(
    "InvalidRequestException",
  );
});

test("a workgroup says where its results go; primary is the stage's own", async () => {
  expect(await call("ListWorkGroups")).toMatchObject({ WorkGroups: [{ Name: workGroup, State: "ENABLED" }] });
  for (const name of [workGroup, "primary"])
    expect(await call("GetWorkGroup", { WorkGroup: name })).toMatchObject({
      WorkGroup: {
        Name: name,
        Configuration: {
          EnforceWorkGroupConfiguration: true,
          ResultConfiguration: { OutputLocation: `s3://${bucket}/athena-results/` },
        },
      },
    });
  expect(await code(call("GetWorkGroup", { WorkGroup: "no" }))).toBe("InvalidRequestException");
});
