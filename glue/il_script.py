"""The request's own module: `def transform(table: str, rows: DataFrame, spark: SparkSession) -> DataFrame`."""

from __future__ import annotations

import hashlib
import importlib
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from il_failure import LoadFailed, explain

Transform = Callable[[str, DataFrame, SparkSession], DataFrame]


class Script:
    """The module, with the text that it was made of. What is wrong in it is said with its line."""

    def __init__(self, spark: SparkSession, text: str) -> None:
        self._spark = spark
        # As a file that executors are given too: functions of it may be used in the rows' columns.
        self._name = f'il_script_{hashlib.sha256(text.encode()).hexdigest()[:16]}'
        # It stays there: executors fetch it when they need it.
        path = Path(tempfile.mkdtemp()) / f'{self._name}.py'
        path.write_text(text)
        spark.sparkContext.addPyFile(str(path))
        try:
            module = importlib.import_module(self._name)
        except Exception as error:
            raise LoadFailed(f'transform.script: {self._explain(error)}') from error
        found = getattr(module, 'transform', None)
        if not callable(found):
            raise LoadFailed('transform.script: the module has no function transform(table, rows, spark).')
        self._transform: Transform = found

    def apply(self, table: str, rows: DataFrame) -> DataFrame:
        """The rows that the module makes of a table's rows."""
        try:
            answer = self._transform(table, rows, self._spark)
        except Exception as error:
            raise LoadFailed(f'transform.script: {table}: {self._explain(error)}') from error
        if not isinstance(answer, DataFrame):
            raise LoadFailed(f'transform.script: {table}: transform answered {type(answer).__name__}, no DataFrame.')
        return answer

    def _explain(self, error: Exception) -> str:
        if isinstance(error, SyntaxError):
            return f'{error.msg} (line {error.lineno})'
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if self._name in frame.filename]
        return explain(error) + (f' (line {lines[-1]})' if lines else '')
