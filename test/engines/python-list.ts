/** The Python packages of the engines' suite, installed in one environment. */
export const packages = [
  "awscli==1.46.2",
  "awswrangler==3.17.1",
  "duckdb==1.5.6",
  "pandas==3.1.1",
  "polars==2.1.0",
  "pyarrow==25.0.1",
  "pyathena[pandas,sqlalchemy]==4.2.1",
  "pyspark==4.3.0",
];
