"""Rows into Parquet files."""

from __future__ import annotations

from pyspark.sql import DataFrame


def write_files(rows: DataFrame, address: str) -> int:
    """Over what was there. The number of rows, as the files say it."""
    # A file counts when its task has been committed, and all of them when the job has.
    options = {'mapreduce.fileoutputcommitter.algorithm.version': '1'}
    rows.write.options(**options).parquet(address, mode='overwrite')
    return rows.sparkSession.read.parquet(address).count()
