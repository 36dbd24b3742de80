"""
A module of one's own for the strategy glue: "transform": { "script": "s3://<bucket>/transform.py" }.

initial-load calls `transform` once for each table, after everything else that the request says of it.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType


def transform(table: str, rows: DataFrame, spark: SparkSession) -> DataFrame:
    """
    Answers the rows to load.

    @param table as the request names it: schema.table of the source
    @param rows with the columns that the request leaves, under their names in the target
    @param spark the session, to read more with
    @returns columns are matched to the target's by name; one that the target lacks fails the load, and one that is left
        out gets its default
    """
    if table != 'hr.employees':
        return rows
    return (
        rows.withColumn('email', F.lower(F.trim('email')))
        .withColumn('phone', international(F.col('phone')))
        # A row for each skill of a list: no other step of a request makes more rows of one.
        .withColumn('skill', F.explode_outer(F.split('skills', ', *')))
        .drop('skills')
    )


@F.udf(StringType())
def international(number: str | None) -> str | None:
    """Plain Python, which runs where the rows are."""
    if number is None:
        return None
    digits = ''.join(sign for sign in number if sign.isdigit())
    return '+' + digits.removeprefix('00') if number.startswith(('+', '00')) else '+48' + digits
