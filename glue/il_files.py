"""Rows into Parquet files."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from il_failure import LoadFailed

# A file counts when its task has been committed, and all of them when the job has.
ONLY_COMMITTED = {'mapreduce.fileoutputcommitter.algorithm.version': '1'}


def assert_writable(rows: DataFrame, table: str) -> None:
    """Before a row is read: Spark looks at names and types when it writes, and earlier tables are written by then."""
    jvm: Any = rows.sparkSession._jvm
    parquet = jvm.org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat()
    names = list(rows._jdf.columns())
    for name, kind in ((field.name(), field.dataType()) for field in rows._jdf.schema().fields()):
        if names.count(name) > 1:
            raise LoadFailed(f'{table}: the rows have the column "{name}" twice.')
        if not parquet.supportDataType(kind):
            raise LoadFailed(
                f'{table}: the column "{name}" is of the type {kind.simpleString()}, for which files have no place: '
                'cast it to the type that it is to have.'
            )


def write_files(rows: DataFrame, address: str) -> int:
    """Over what was there. The number of rows, as the files say it."""
    rows.write.options(**ONLY_COMMITTED).parquet(address, mode='overwrite')
    return rows.sparkSession.read.parquet(address).count()
