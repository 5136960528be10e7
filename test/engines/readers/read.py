"""Reads every table's folder by its path with one engine, and answers the questions.

    python read.py ENGINE BUCKET_FOLDER TABLE…

Prints one JSON object: the rows of each table, and each question's answer as {key: value}, all as text. No engine is told anything
about the files but the path.
"""

import json
import sys

from questions import COUNTS, QUESTIONS


def pandas_engine(paths):
    """Reads by pandas, which has no SQL: DuckDB asks its frames, and sees nothing but those."""
    import pandas

    # Its usual types have no whole numbers where some are missing, and make doubles of them all.
    return over_frames({table: pandas.read_parquet(path, dtype_backend="pyarrow") for table, path in paths.items()})


def pyarrow_engine(paths):
    import pyarrow.parquet

    return over_frames({table: pyarrow.parquet.read_table(path) for table, path in paths.items()})


def over_frames(frames):
    import duckdb

    connection = duckdb.connect()
    for table, frame in frames.items():
        connection.register(table, frame)
    return lambda sql: connection.sql(sql).fetchall()


def polars_engine(paths):
    import polars

    context = polars.SQLContext({table: polars.read_parquet(path) for table, path in paths.items()})
    return lambda sql: context.execute(sql, eager=True).rows()


def duckdb_engine(paths):
    import duckdb

    connection = duckdb.connect()
    for table, path in paths.items():
        connection.sql(f"create view {table} as select * from '{path}/**/*.parquet'")
    return lambda sql: connection.sql(sql).fetchall()


def spark_engine(paths):
    from pyspark.sql import SparkSession

    # How much the machine may be used, and nothing of how files are read.
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
    builder = SparkSession.builder.master("local[2]").appName("daymark")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for table, path in paths.items():
        spark.read.parquet(path).createOrReplaceTempView(table)
    return lambda sql: [tuple(row) for row in spark.sql(sql).collect()]


ENGINES = {
    "pandas": pandas_engine,
    "pyarrow": pyarrow_engine,
    "polars": polars_engine,
    "duckdb": duckdb_engine,
    "spark": spark_engine,
}


def main(engine, bucket, *tables):
    ask = ENGINES[engine]({table: f"{bucket}/{table}" for table in tables})
    rows = {table: str(ask(COUNTS[table])[0][0]) for table in tables}
    answers = {
        question: {"" if key is None else str(key): str(value) for key, value in ask(sql)}
        for question, sql in QUESTIONS.items()
    }
    print(json.dumps({"answers": {"rows": rows, **answers}}))


main(*sys.argv[1:])
