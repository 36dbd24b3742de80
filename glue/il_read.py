"""Reading a table of the source, in parallel, and counting what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession

if TYPE_CHECKING:
    from il_database import Database
    from il_document import JobRead


class Source:
    """The source, as all reading sessions see it. `join` is what they begin with."""

    def __init__(self, spark: SparkSession, database: Database, join: str | None) -> None:
        self._spark = spark
        self._database = database
        self._options = {
            **database.properties,
            # Conditions mean what Spark means by them, not what the database would.
            'pushDownPredicate': 'false',
            # A time without a zone stays one.
            'preferTimestampNTZ': 'true',
            **({} if join is None else {'sessionInitStatement': join}),
        }

    def read(self, read: JobRead) -> DataFrame:
        """The rows, one partition for each condition. Only the columns that are used are asked for."""
        return self._spark.read.jdbc(
            self._database.url, read['query'], predicates=read['partitions'], properties=self._options
        )

    def count(self, read: JobRead) -> int:
        """The rows that are there, counted by the source."""
        query = f'(select count(*) as il_count from {read["query"]}) il_counted'
        rows = self._spark.read.jdbc(self._database.url, query, properties=self._options).collect()
        return int(rows[0][0])
