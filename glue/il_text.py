"""Values in the text form that PostgreSQL reads, from which it makes the types of the target's columns."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it
from pyspark.sql import types as T  # noqa: N812 - as everybody calls it

from il_failure import LoadFailed

# Spark writes these as PostgreSQL reads them: ANSI mode writes decimals without an exponent.
_PLAIN = (T.StringType, T.BooleanType, T.IntegralType, T.FractionalType, T.NullType)


def quote(name: str) -> str:
    """A column's name as Spark SQL writes it."""
    return '`' + name.replace('`', '``') + '`'


def as_text(rows: DataFrame, table: str) -> list[Column]:
    """Each column as text, in order."""
    return [_text(F.col(quote(field.name)), field, table).alias(field.name) for field in rows.schema.fields]


def _text(value: Column, field: T.StructField, table: str) -> Column:
    kind = field.dataType
    if isinstance(kind, _PLAIN):
        return value.cast('string')
    if isinstance(kind, T.BinaryType):
        return binary_text(value)
    if isinstance(kind, T.TimestampType):
        return calendar_text(value, '+00')
    if isinstance(kind, (T.DateType, T.TimestampNTZType)):
        return calendar_text(value, '')
    raise LoadFailed(
        f'{table}: the column "{field.name}" is of the type {kind.simpleString()}, which has no text form that a '
        'database would read: make it a text, for example with to_json(…) or array_join(…), or a number.'
    )


def binary_text(value: Column) -> Column:
    """As bytea is written."""
    return F.concat(F.lit('\\x'), F.lower(F.hex(value)))


def calendar_text(value: Column, zone: str) -> Column:
    """A date or time. Spark writes +10000-01-01, and 0000-01-01 for the year before the year 1."""
    text = value.cast('string')
    year = F.year(value)
    from_month = F.regexp_extract(text, r'^-?\d+(-.*)$', 1)
    before_christ = F.concat(F.lpad((1 - year).cast('string'), 4, '0'), from_month, F.lit(f'{zone} BC'))
    return F.when(year <= 0, before_christ).otherwise(F.concat(F.regexp_replace(text, r'^\+', ''), F.lit(zone)))
