"""Tables of the job's document, as short as a test wants them."""

from __future__ import annotations

from typing import Any, cast

from pyspark.sql import DataFrame, SparkSession

from il_document import JobOutput, JobTable


def table_of(columns: list[str], untyped: tuple[str, ...] = (), **transform: Any) -> JobTable:
    """`hr.people`, of which all columns are copied, unless `output` says otherwise."""
    output = [cast('JobOutput', {'name': name, 'copy': name}) for name in columns]
    read = [
        {'name': name, 'text': f'c{n}', **({} if name in untyped else {'typed': f'n{n}'})}
        for n, name in enumerate(columns, start=1)
    ]
    return cast(
        'JobTable',
        {
            'table': 'hr.people',
            'read': {'query': '(select …) il', 'partitions': ['1=1'], 'columns': read},
            'transform': {'output': output, **transform},
        },
    )


def rows_of(spark: SparkSession, typed: str, *rows: tuple[Any, ...]) -> DataFrame:
    """What the query would answer: each value in its text form and as what it is. `typed`: the types, by commas."""
    types = typed.split(', ')
    values = spark.createDataFrame(list(rows), ', '.join(f'n{n} {kind}' for n, kind in enumerate(types, start=1)))
    texts = [f'cast(n{n} as string) as c{n}' for n in range(1, len(types) + 1)]
    return values.selectExpr(*texts, *values.columns)
