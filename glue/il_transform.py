"""What the request's `transform` asks for, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from il_failure import LoadFailed, explain
from il_text import quote

if TYPE_CHECKING:
    from il_document import JobDeduplicate, JobOutput, JobRead, JobTable


def transform(rows: DataFrame, table: JobTable, *, copies_text: bool) -> DataFrame:
    """
    The rows under the target's names.

    Expressions see the source's columns under their names, typed where they have a type in Spark. A column that is
    only copied keeps that, or its text form, which loses nothing, with `copies_text`.
    """
    frame, outputs = _apply(rows, table, copies_text=copies_text)
    return frame.select(*outputs)


def transform_with_key(rows: DataFrame, table: JobTable, key: list[str]) -> DataFrame:
    """The same rows as `value`, and in `key` the columns of that name as the source has them."""
    frame, outputs = _apply(rows, table, copies_text=False)
    return frame.select(F.struct(*[F.col(quote(name)) for name in key]).alias('key'), F.struct(*outputs).alias('value'))


def _apply(rows: DataFrame, table: JobTable, *, copies_text: bool) -> tuple[DataFrame, list[Column]]:
    """The rows with all columns of the source, and what the output's columns are made of."""
    steps = table['transform']
    field = f'transform[{json.dumps(table["table"], ensure_ascii=False)}]'
    names = _Names(table['read'])
    frame = rows.select(*names.columns(table['read']))
    if 'filter' in steps:
        with _blaming(f'{field}.filter'):
            frame = frame.where(_expression(frame, steps['filter'], names))
    if 'deduplicate' in steps:
        with _blaming(f'{field}.deduplicate'):
            frame = _deduplicate(frame, steps['deduplicate'], names)
    return frame, [_output(frame, output, names, field, copies_text) for output in steps['output']]


class _Names:
    """Beside each column stands its text form, hidden under a name whose beginning no column's name contains."""

    def __init__(self, read: JobRead) -> None:
        self.hidden = 'il_'
        while any(self.hidden in column['name'] for column in read['columns']):
            self.hidden += '_'
        self._texts = {column['name']: self.hidden + column['text'] for column in read['columns']}

    def columns(self, read: JobRead) -> list[Column]:
        values = [F.expr(column.get('typed', column['text'])).alias(column['name']) for column in read['columns']]
        return values + [F.col(column['text']).alias(self._texts[column['name']]) for column in read['columns']]

    def text(self, name: str) -> Column:
        return F.col(quote(self._texts[name]))


def _deduplicate(frame: DataFrame, how: JobDeduplicate, names: _Names) -> DataFrame:
    key = ', '.join(quote(name) for name in how['key'])
    number = names.hidden + 'number'
    first = f'row_number() over (partition by {key} order by {how.get("keep", key)})'
    return frame.withColumn(number, _expression(frame, first, names)).where(F.col(number) == 1).drop(number)


def _output(frame: DataFrame, output: JobOutput, names: _Names, field: str, copies_text: bool) -> Column:
    name = output['name']
    if 'derive' in output:
        with _blaming(f'{field}.derive{_path(name)}'):
            return _expression(frame, output['derive'], names).alias(name)
    if 'cast' in output:
        with _blaming(f'{field}.cast{_path(output["cast"])}'):
            return _expression(frame, f'cast({quote(output["cast"])} as {output["to"]})', names).alias(name)
    if 'mask' in output:
        return F.sha2(names.text(output['mask']), 256).alias(name)
    value = names.text(output['copy']) if copies_text else F.col(quote(output['copy']))
    return value.alias(name)


def _expression(frame: DataFrame, text: str, names: _Names) -> Column:
    """Resolved once by itself, so that what is wrong is known to be wrong here."""
    expression = F.expr(text)
    probe = frame.select(expression.alias('value'))
    for step in _steps_above(frame, probe):
        if step.nodeName() in {'Aggregate', 'Generate'}:
            raise LoadFailed(f'{text} makes another number of rows of the rows: only a script can.')
        if names.hidden in step.references().mkString(' '):
            raise LoadFailed(f'{text} means all columns by *: name those that you mean.')
        # A request that may name no script may not reach by an expression what one could: other data, or any class.
        if not step.subqueries().isEmpty():
            raise LoadFailed(f'{text} has a query in it, and may only see its own row: only a script can.')
        if any(_calls_java(part) for part in _each(step.expressions())):
            raise LoadFailed(f"{text} calls a method of Java's: only a script can.")
    return expression


def _steps_above(frame: DataFrame, probe: DataFrame) -> Iterator[Any]:
    """What Spark has made of a query on a frame, from its end down to the frame."""
    below: Any = frame._jdf.queryExecution().analyzed()
    step: Any = probe._jdf.queryExecution().analyzed()
    while not step.equals(below):
        yield step
        step = step.children().head()


def _calls_java(expression: Any) -> bool:
    if expression.getClass().getSimpleName() == 'CallMethodViaReflection':
        return True
    return any(_calls_java(child) for child in _each(expression.children()))


def _each(sequence: Any) -> Iterator[Any]:
    """The elements of a sequence of Scala's."""
    return (sequence.apply(index) for index in range(sequence.size()))


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise LoadFailed(f'{field}: {explain(error)}') from error


def _path(name: str) -> str:
    return f'.{name}' if name.isidentifier() else f'[{json.dumps(name, ensure_ascii=False)}]'
