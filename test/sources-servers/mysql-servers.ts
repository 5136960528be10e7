/** What the tests of MySQL and MariaDB need of each server, and what each says its own way. */
import type { Connection } from "mysql2/promise";
import { startMariaDb, startNewestMariaDb } from "./mariadb.ts";
import { startMySql } from "./mysql.ts";

export type MysqlServer = { port: number; ca: string; home?: string; connect(): Promise<Connection> } & AsyncDisposable;

export type MysqlKind = {
  engine: "mysql" | "mariadb";
  start(): Promise<MysqlServer>;
  /** Ends statements of all users after a minute. */
  limitStatements: string;
  /** Between a default role and its user. */
  roleFor: "FOR" | "TO";
  /** Rows of its large table. */
  many: number;
};

export const mariaDb: MysqlKind = {
  engine: "mariadb",
  start: startMariaDb,
  limitStatements: "SET GLOBAL max_statement_time = 60",
  roleFor: "FOR",
  many: 1_000_000,
};

export const newestMariaDb: MysqlKind = { ...mariaDb, start: startNewestMariaDb };

export const mySql: MysqlKind = {
  engine: "mysql",
  start: startMySql,
  limitStatements: "SET GLOBAL max_execution_time = 60000",
  roleFor: "TO",
  many: 100_000,
};

/** A table of the numbers from 1 to `count`, as `seq`. */
export function numbersTo(count: number): string {
  const digit = `(${Array.from({ length: 10 }, (_, n) => (n === 0 ? "SELECT 0 AS n" : `SELECT ${n}`)).join(" UNION ALL ")})`;
  const powers = Array.from({ length: String(count - 1).length }, (_, i) => i);
  const sum = powers.map((i) => `d${i}.n * ${10 ** i}`).join(" + ");
  const digits = powers.map((i) => `${digit} AS d${i}`).join(", ");
  return `(SELECT ${sum} + 1 AS seq FROM ${digits} HAVING seq <= ${count}) AS numbers`;
}
