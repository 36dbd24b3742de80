"""How far Spark is with what a group of its jobs reads and writes."""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession


def read_progress(spark: SparkSession, group: str) -> tuple[int, int]:
    """Rows read and written by the tasks so far: what a repeated task did is in it, so it is no count."""
    tracker = spark.sparkContext.statusTracker()
    store: Any = spark.sparkContext._jsc.sc().statusStore()
    stages: set[int] = set()
    for job in tracker.getJobIdsForGroup(group):
        info = tracker.getJobInfo(job)
        stages.update(() if info is None else info.stageIds)
    rows_read = rows_written = 0
    for stage in stages:
        try:
            seen = store.lastStageAttempt(stage)
        except Py4JJavaError:
            # It has not begun.
            continue
        rows_read += seen.inputRecords()
        rows_written += seen.outputRecords()
    return rows_read, rows_written
