"""
Rows into files of text, from which others feed topics: each row a line, `<key>\t<value>`, both JSON objects.

JSON holds no raw tab and no raw line break. Without a key a line begins with the tab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it
from pyspark.sql import types as T  # noqa: N812 - as everybody calls it

from il_count import Count
from il_files import ONLY_COMMITTED
from il_text import binary_text, calendar_text, quote

if TYPE_CHECKING:
    from il_document import JobRows

_OPTIONS = {
    'ignoreNullFields': 'false',
    # Of values inside others; by itself Spark would cut them to milliseconds.
    'timestampFormat': "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]XXX",
    'timestampNTZFormat': "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]",
}


def as_lines(rows: DataFrame, *, keyed: bool = False) -> DataFrame:
    """A line for each row. `keyed`: it has a `key` and a `value`, as transform_with_key makes them."""
    if keyed:
        parts = [_json(_inside(rows, 'key')), F.lit('\t'), _json(_inside(rows, 'value'))]
    else:
        parts = [F.lit('\t'), _json([(F.col(quote(field.name)), field) for field in rows.schema])]
    return rows.select(F.concat(*parts).alias('line'))


def write_rows(lines: DataFrame, rows: JobRows) -> int:
    """
    Over what was there. The number of rows, as the tasks that count have written them.

    Whoever reads the files counts what is in them: the two agree only if each row is there once.
    """
    written = Count(lines)
    options = {**ONLY_COMMITTED, 'compression': 'none', 'lineSep': '\n'}
    written.rows.write.options(**options).mode('overwrite').text(rows['folder'])
    seen = written.get()
    return lines.sparkSession.read.text(rows['folder'], lineSep='\n').count() if seen is None else seen


def _inside(rows: DataFrame, name: str) -> list[tuple[Column, T.StructField]]:
    struct = rows.schema[name].dataType
    assert isinstance(struct, T.StructType)  # noqa: S101 - for the type checker
    return [(F.col(name).getField(field.name), field) for field in struct]


def _json(fields: list[tuple[Column, T.StructField]]) -> Column:
    return F.to_json(F.struct(*[_value(value, field.dataType).alias(field.name) for value, field in fields]), _OPTIONS)


def _value(value: Column, kind: T.DataType) -> Column:
    """As PostgreSQL's own JSON has it: numbers and texts as they are, the others in its text form."""
    if isinstance(kind, T.BinaryType):
        return binary_text(value)
    if isinstance(kind, T.DateType):
        return calendar_text(value, '')
    if isinstance(kind, T.TimestampNTZType):
        return F.regexp_replace(calendar_text(value, ''), ' (?=[0-9])', 'T')
    if isinstance(kind, T.TimestampType):
        return F.regexp_replace(calendar_text(value, '+00:00'), ' (?=[0-9])', 'T')
    return value
