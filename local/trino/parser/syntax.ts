/**
 * The syntax tree of a query in Trino's SQL, which local/trino/parser/parse-query.ts builds and the translation reads.
 */
/** `at` is where it begins in the statement. */
type At = { at: number };
/** `text` is in lower case, `shown` as it was written. */
export type Name = { text: string; shown: string };
export type TypeName = At & { name: string; numbers: number[]; of: TypeName[]; fields: (string | undefined)[] };

export type SortItem = { key: Expression; descending: boolean; nullsFirst: boolean };
export type Frame = { unit: string; start: string; startBy?: Expression; end?: string; endBy?: Expression };
export type Over = { partition: Expression[]; order: SortItem[]; frame?: Frame };
export type Call = At & {
  kind: "call";
  name: string;
  args: Expression[];
  star: boolean;
  distinct: boolean;
  order: SortItem[];
  filter?: Expression;
  over?: Over | string;
  ignoreNulls: boolean;
};

export type Expression = At &
  (
    | { kind: "null" }
    | { kind: "boolean"; value: boolean }
    | { kind: "number"; text: string }
    | { kind: "string"; text: string }
    | { kind: "bytes"; hex: string }
    /** DATE '…', TIMESTAMP '…', JSON '…', DECIMAL '…'. */
    | { kind: "typed"; type: string; text: string }
    | { kind: "interval"; text: string; unit: string; negative: boolean }
    | { kind: "column"; path: Name[] }
    | Call
    | { kind: "lambda"; params: string[]; body: Expression }
    | { kind: "negate"; value: Expression }
    | { kind: "arithmetic"; operator: string; left: Expression; right: Expression }
    | { kind: "concat"; left: Expression; right: Expression }
    | { kind: "compare"; operator: string; left: Expression; right: Expression }
    | { kind: "logical"; operator: "AND" | "OR"; parts: Expression[] }
    | { kind: "not"; value: Expression }
    | { kind: "between"; value: Expression; low: Expression; high: Expression }
    | { kind: "in"; value: Expression; list: Expression[] }
    | { kind: "inQuery"; value: Expression; query: Query }
    | { kind: "like"; value: Expression; pattern: Expression; escapedBy?: Expression }
    | { kind: "isNull"; value: Expression }
    | { kind: "distinctFrom"; left: Expression; right: Expression }
    | { kind: "exists"; query: Query }
    | { kind: "subquery"; query: Query }
    | { kind: "case"; operand?: Expression; whens: { when: Expression; result: Expression }[]; otherwise?: Expression }
    | { kind: "cast"; value: Expression; type: TypeName; try: boolean }
    | { kind: "array"; items: Expression[] }
    | { kind: "row"; items: Expression[] }
    | { kind: "subscript"; value: Expression; index: Expression }
    | { kind: "field"; value: Expression; name: Name }
    | { kind: "zone"; value: Expression; zone: Expression }
    | { kind: "current"; what: string }
  );

export type SelectItem =
  | (At & { kind: "all"; qualifier?: string[] })
  | (At & { kind: "expression"; value: Expression; alias?: Name });
export type Relation = At &
  (
    | { kind: "table"; path: string[] }
    | { kind: "query"; query: Query }
    | { kind: "unnest"; values: Expression[]; ordinality: boolean }
    | { kind: "aliased"; relation: Relation; alias: string; columns?: Name[] }
    | {
        kind: "join";
        type: "CROSS" | "INNER" | "LEFT" | "RIGHT" | "FULL";
        left: Relation;
        right: Relation;
        on?: Expression;
        using?: string[];
      }
  );
export type Grouping =
  | { kind: "expression"; value: Expression }
  | { kind: "sets"; type: "GROUPING SETS" | "ROLLUP" | "CUBE"; sets: Expression[][] };
export type Select = At & {
  kind: "select";
  distinct: boolean;
  items: SelectItem[];
  from?: Relation;
  where?: Expression;
  groups?: Grouping[];
  having?: Expression;
  windows: Map<string, Over>;
};
export type Body =
  | Select
  | (At & { kind: "values"; rows: Expression[] })
  | (At & { kind: "set"; operator: "UNION" | "INTERSECT" | "EXCEPT"; all: boolean; left: Body; right: Body })
  | (At & { kind: "nested"; query: Query });
export type Query = At & {
  with: { name: Name; columns?: Name[]; query: Query }[];
  body: Body;
  order: SortItem[];
  offset?: number;
  limit?: number;
};
