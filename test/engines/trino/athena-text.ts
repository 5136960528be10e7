/**
 * Trino's values as the texts of Athena's GetQueryResults, and its types as the names of ResultSetMetadata.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html
 */

/** A type as Trino's protocol describes it. */
export type TrinoType = { rawType: string; arguments: { kind: string; value: unknown }[] };
type Field = { fieldName?: { name: string }; typeSignature: TrinoType };

/** For instance `decimal`, `varchar`, `timestamp`, `array`, without the part in parentheses. */
export function athenaType({ rawType }: TrinoType): string {
  return rawType === "real" ? "float" : rawType;
}

/** A value as text; null for NULL. */
export function athenaText(value: unknown, type: TrinoType | undefined): string | null {
  if (value === null || value === undefined || type === undefined) return null;
  switch (type.rawType) {
    case "double":
    case "real":
      return javaDouble(Number(value));
    case "varbinary":
      return Buffer.from(String(value), "base64")
        .toString("hex")
        .replace(/..(?!$)/g, "$& ");
    case "array":
      return `[${(value as unknown[]).map((item) => nested(item, innerType(type, 0))).join(", ")}]`;
    case "map":
      return `{${Object.entries(value as object)
        .map(([key, item]) => `${nested(key, innerType(type, 0))}=${nested(item, innerType(type, 1))}`)
        .join(", ")}}`;
    case "row":
      return `{${(value as unknown[]).map((item, i) => rowField(item, type.arguments[i]?.value as Field, i)).join(", ")}}`;
    default:
      return String(value);
  }
}

function rowField(item: unknown, field: Field, index: number): string {
  return `${field.fieldName?.name ?? `field${index}`}=${nested(item, field.typeSignature)}`;
}

function nested(value: unknown, type: TrinoType): string {
  return athenaText(value, type) ?? "null";
}

function innerType({ arguments: inner }: TrinoType, index: number): TrinoType {
  return inner[index]?.value as TrinoType;
}

/** As Java writes a double: `1.0`, and `1.0E7` from 10^7 on and below 10^-3. */
function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (Object.is(value, -0)) return "-0.0";
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? value.toFixed(1) : String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
}
