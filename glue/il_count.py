"""Counting rows where they pass."""

from __future__ import annotations

from threading import Thread
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it


class Count:
    """
    Counts the rows of `rows`, while the one action that uses them runs.

    Spark counts a task that it repeats once, if it is one of the last stage: one before a shuffle that was repeated
    since its output was lost is counted again. `is_exact_in` tells them apart.
    """

    def __init__(self, rows: DataFrame) -> None:
        self._observation = Observation()
        self.rows = rows.observe(self._observation, F.count(F.lit(1)).alias('rows'))

    def get(self, seconds: float = 60) -> int | None:
        """After the action. None, when Spark didn't tell: it drops events when there are too many of them."""
        answer: list[int] = []
        # Spark's own call waits for ever.
        asking = Thread(target=lambda: answer.append(self._observation.get['rows']), daemon=True)
        asking.start()
        asking.join(seconds)
        return answer[0] if answer else None


def is_exact_in(rows: DataFrame) -> bool:
    """Whether a count anywhere in the plan of these rows is exact."""
    plan: Any = rows._jdf.queryExecution().executedPlan()
    return 'Exchange' not in plan.toString()
