"""The load: everything is planned before the first row is written, then table after table."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession

from il_count import Count, is_exact_in
from il_database import find_database
from il_failure import Scrubber
from il_files import assert_writable, write_files
from il_objects import read_text
from il_progress import read_progress
from il_read import Source
from il_rows import as_lines, write_rows
from il_script import Script
from il_snapshot import hold_snapshot
from il_staging import Counts, Target, match_columns, stage_rows
from il_transform import transform, transform_with_key

if TYPE_CHECKING:
    from il_document import JobColumn, JobDocument, JobTable
    from il_report import Reporter


@dataclass
class Plan:
    """A table, with what Spark will do. `columns` are those of the target that get values."""

    table: JobTable
    rows: DataFrame
    read: Count
    has_script: bool
    columns: list[JobColumn]


class Job:
    """What the tables share."""

    def __init__(self, source: Source, target: Target | None, script: Script | None, scrub: Scrubber) -> None:
        self._source = source
        self._target = target
        self._script = script
        self._scrub = scrub

    def published(self, table: JobTable) -> Counts | None:
        """The counts of a table that an earlier start has loaded."""
        return None if self._target is None else self._target.published(table['database'])

    def plan(self, table: JobTable) -> Plan:
        """Nothing is read yet, but all names, types and expressions are resolved."""
        read = Count(self._source.read(table['read']))
        to_database, to_rows = table.get('database'), table.get('rows')
        has_script = self._script is not None
        key = to_rows.get('key') if to_rows else None
        if key:
            rows = transform_with_key(read.rows, table, key)
        else:
            rows = transform(read.rows, table, copies_text=to_database is not None and not has_script)
        if self._script is not None:
            rows = self._script.apply(table['table'], rows)
        columns: list[JobColumn] = []
        if to_rows:
            rows = as_lines(rows, keyed=key is not None)
        elif to_database is None:
            assert_writable(rows, table['table'])
        else:
            columns = match_columns(rows, to_database['columns'], table['table'])
            rows = stage_rows(rows, columns, table['table'])
        return Plan(table, rows, read, has_script, columns)

    def load(self, plan: Plan) -> Counts:
        """Reads, transforms and writes."""
        if self._target is None:
            to_rows = plan.table.get('rows')
            written = write_rows(plan.rows, to_rows) if to_rows else write_files(plan.rows, plan.table['files'])
            return self._rows_read(plan), written
        staging = plan.table['database']
        # Exact in any plan: whoever writes the rows is of the last stage.
        staged = Count(plan.rows)
        self._target.stage(staging, staged.rows)
        counts = self._target.publish(staging, plan.columns, self._rows_read(plan), staged.get())
        left = self._target.drop_stage(staging)
        if left is not None:
            print(f'The staging table of {plan.table["table"]} could not be dropped: {self._scrub(left)}', flush=True)
        return counts

    def _rows_read(self, plan: Plan) -> int:
        """As they were read; where that isn't exact, since a script may read them twice, too, as the source counts."""
        seen = None if plan.has_script or not is_exact_in(plan.rows) else plan.read.get()
        return self._source.count(plan.table['read']) if seen is None else seen


def run(
    spark: SparkSession, document: JobDocument, clients: tuple[Any, Any], reporter: Reporter, scrub: Scrubber
) -> None:
    """The whole load."""
    s3, secrets = clients
    database = find_database(spark, document['source'], secrets, scrub)
    target = None
    if 'target' in document:
        target = Target(find_database(spark, document['target'], secrets, scrub), document['target'])
        target.take_over()
    with ExitStack() as sessions:
        join = sessions.enter_context(hold_snapshot(database, document['source'].get('snapshot')))
        script = Script(spark, read_text(s3, document['script'])) if 'script' in document else None
        job = Job(Source(spark, database, join), target, script, scrub)
        for plan in _plan_all(job, document['tables'], reporter):
            name = plan.table['table']
            spark.sparkContext.setJobGroup(name, f'initial-load: {name}')
            with reporter.blaming(name):
                with reporter.loading(name, lambda group=name: read_progress(spark, group)):  # type: ignore[misc]
                    counts = job.load(plan)
                reporter.done(name, *counts)


def _plan_all(job: Job, tables: list[JobTable], reporter: Reporter) -> list[Plan]:
    plans = []
    for table in tables:
        with reporter.blaming(table['table']):
            counts = job.published(table)
            if counts is None:
                plans.append(job.plan(table))
            else:
                reporter.done(table['table'], *counts)
    return plans
