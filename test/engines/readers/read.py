"""Reads every table's folder by its path with one engine, and answers the questions from `events`.

    python read.py ENGINE BUCKET_FOLDER TODAY TABLE…

Prints one JSON object: the rows and columns of each table, and each question's answer as {key: value}, all as text. No engine is told
anything about the files but the path.
"""

import json
import sys

from questions import QUESTIONS


def pandas_engine(paths):
    """Reads by pandas, which has no SQL: DuckDB asks its frames, and sees nothing but those."""
    import duckdb
    import pandas

    # Its usual types have no whole numbers where some are missing, and make doubles of them all.
    frames = {table: pandas.read_parquet(path, dtype_backend="pyarrow") for table, path in paths.items()}
    connection = duckdb.connect()
    for table, frame in frames.items():
        connection.register(table, frame)
    shapes = {table: (len(frame), list(frame.columns)) for table, frame in frames.items()}
    return shapes, lambda sql: connection.sql(sql).fetchall()


def pyarrow_engine(paths):
    import duckdb
    import pyarrow.parquet

    tables = {table: pyarrow.parquet.read_table(path) for table, path in paths.items()}
    connection = duckdb.connect()
    for table, rows in tables.items():
        connection.register(table, rows)
    shapes = {table: (rows.num_rows, rows.column_names) for table, rows in tables.items()}
    return shapes, lambda sql: connection.sql(sql).fetchall()


def polars_engine(paths):
    import polars

    frames = {table: polars.read_parquet(path) for table, path in paths.items()}
    context = polars.SQLContext(**frames)
    shapes = {table: (frame.height, frame.columns) for table, frame in frames.items()}
    return shapes, lambda sql: context.execute(sql, eager=True).rows()


def duckdb_engine(paths):
    import duckdb

    connection = duckdb.connect()
    for table, path in paths.items():
        connection.sql(f"create view {table} as select * from '{path}/**/*.parquet'")
    shapes = {}
    for table in paths:
        rows = connection.table(table)
        shapes[table] = (rows.count("*").fetchone()[0], rows.columns)
    return shapes, lambda sql: connection.sql(sql).fetchall()


def spark_engine(paths):
    from pyspark.sql import SparkSession

    # How much the machine may be used, and nothing of how files are read.
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
    builder = SparkSession.builder.master("local[2]").appName("daymark")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    frames = {table: spark.read.parquet(path) for table, path in paths.items()}
    for table, frame in frames.items():
        frame.createOrReplaceTempView(table)
    shapes = {table: (frame.count(), frame.columns) for table, frame in frames.items()}
    return shapes, lambda sql: [tuple(row) for row in spark.sql(sql).collect()]


ENGINES = {
    "pandas": pandas_engine,
    "pyarrow": pyarrow_engine,
    "polars": polars_engine,
    "duckdb": duckdb_engine,
    "spark": spark_engine,
}


def main(engine, bucket, today, *tables):
    shapes, ask = ENGINES[engine]({table: f"{bucket}/{table}" for table in tables})
    answers = {
        question: {"" if key is None else str(key): str(value) for key, value in ask(sql.replace("{today}", today))}
        for question, sql in QUESTIONS.items()
    }
    read = {table: {"rows": rows, "columns": list(columns)} for table, (rows, columns) in shapes.items()}
    print(json.dumps({"tables": read, "answers": answers}))


main(*sys.argv[1:])
