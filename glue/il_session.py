"""The Spark session: the same meaning of every expression, wherever it runs."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

SETTINGS = {
    # A cast or a sum that fails is an error, never a NULL.
    'spark.sql.ansi.enabled': 'true',
    'spark.sql.session.timeZone': 'UTC',
    # A table may have a column Name and another name.
    'spark.sql.caseSensitive': 'true',
    # Dates before 1582 stay what they are.
    'spark.sql.parquet.datetimeRebaseModeInWrite': 'CORRECTED',
    'spark.sql.parquet.int96RebaseModeInWrite': 'CORRECTED',
    'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MICROS',
    # Variables would be put into texts of expressions, those of the environment among them.
    'spark.sql.variable.substitute': 'false',
    # Spark shows the options of what it reads and writes in its logs.
    'spark.sql.redaction.options.regex': '(?i)url|user|password',
}


def start_session() -> SparkSession:
    """The session that all tables share."""
    builder = SparkSession.builder.appName('initial-load')
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    # JDBC gives times without a zone as local ones of the JVM, in which an hour is missing when summer begins.
    jvm: Any = spark._jvm
    jvm.java.util.TimeZone.setDefault(jvm.java.util.TimeZone.getTimeZone('UTC'))
    return spark
