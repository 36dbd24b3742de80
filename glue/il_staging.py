"""
Rows into a database, each exactly once, by the one job that may.

Spark's tasks write into a staging table, each in a transaction of its own, and Spark may run a task twice. Publishing
takes one transaction's rows for each partition, in one transaction with the bookkeeping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from il_failure import LoadFailed, explain
from il_text import as_text, quote

if TYPE_CHECKING:
    from il_database import Database, Session
    from il_document import JobColumn, JobStaging, JobTarget

_DROP_AT_MOST_SECONDS = 30

Counts = tuple[int, int]
"""Rows read, and rows written."""


class Target:
    """A database to write to, under a fence."""

    def __init__(self, database: Database, fence: JobTarget) -> None:
        self._database = database
        self._fence = fence

    def take_over(self) -> None:
        """From here on this job is the only writer."""
        with self._database.transaction() as session:
            for statement in self._fence['endEarlier']:
                session.execute(statement)
        with self._database.transaction() as session:
            if session.update(self._fence['take']) == 0:
                raise LoadFailed('The load was closed before this job could begin to write.')

    def published(self, staging: JobStaging) -> Counts | None:
        """Of a table that an earlier start of the job has published; nothing is left to do for it."""
        with self._database.transaction() as session:
            return _published(session, staging)

    def stage(self, staging: JobStaging, rows: DataFrame) -> None:
        """Writes the rows into a new staging table, unless nobody may publish them: it would be left behind."""
        with self._database.transaction() as session:
            self._hold(session)
            session.execute(staging['dropStage'])
            session.execute(staging['createStage'])
        self._database.append(rows, staging['stage'])

    def publish(self, staging: JobStaging, columns: list[JobColumn], rows_read: int, staged: int | None) -> Counts:
        """
        Takes the staged rows over into the target.

        @param staged the rows that Spark has staged, where that is known
        """
        with self._database.transaction() as session:
            self._hold(session)
            before = _published(session, staging)
            if before is not None:
                return before
            rows_written = session.update(_insert(staging, columns))
            if staged is not None and rows_written != staged:
                raise LoadFailed(f'The staging table held {rows_written} rows of the {staged} that were written to it.')
            session.update(staging['record'], rows_read, rows_written)
        return rows_read, rows_written

    def _hold(self, session: Session) -> None:
        """Until the transaction ends the load is not closed, and nobody else takes over."""
        held = session.row(self._fence['hold'])
        if held is None or held[0] is not True:
            raise LoadFailed('The load was closed, or a later start of the job has taken over.')

    def drop_stage(self, staging: JobStaging) -> str | None:
        """What went wrong. The rows are published by now, and tearing down the load drops what is left."""
        try:
            with self._database.transaction() as session:
                # A task that Spark has given up may still hold the table.
                session.execute(staging['dropStage'], _DROP_AT_MOST_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, the table is loaded
            return explain(error)
        return None


def stage_rows(rows: DataFrame, columns: list[JobColumn], table: str) -> DataFrame:
    """The rows as the staging table has them. `columns` are those of the rows, in their order."""
    return rows.select(*as_text(rows, table)).select(
        F.spark_partition_id().alias('il_part'),
        *[_renamed(column) for column in columns],
    )


def _renamed(column: JobColumn) -> Column:
    return F.col(quote(column['name'])).alias(column['stage'])


def match_columns(rows: DataFrame, columns: list[JobColumn], table: str) -> list[JobColumn]:
    """The target's columns that a script's rows have, in the rows' order."""
    known = {column['name']: column for column in columns}
    for name in rows.columns:
        if name not in known:
            raise LoadFailed(f'transform.script: {table}: the target has no column "{name}" that could be written.')
        if rows.columns.count(name) > 1:
            raise LoadFailed(f'transform.script: {table}: the rows have the column "{name}" twice.')
    if not rows.columns:
        raise LoadFailed(f'transform.script: {table}: the rows have no columns.')
    return [known[name] for name in rows.columns]


def _published(session: Session, staging: JobStaging) -> Counts | None:
    row = session.row(staging['isPublished'])
    if row is None or row[0] is not True:
        return None
    return int(row[1]), int(row[2])


def _insert(staging: JobStaging, columns: list[JobColumn]) -> str:
    targets = ', '.join(column['target'] for column in columns)
    stages = ', '.join(column['stage'] for column in columns)
    overriding = staging['publishOverriding']
    return f'{staging["publishInto"]} ({targets}) {overriding} select {stages} {staging["publishFrom"]}'
