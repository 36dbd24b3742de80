from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from il_failure import LoadFailed
from il_text import as_text


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('cast(0 as decimal(38,18))', '0.000000000000000000'),
        ('cast(1e-18 as decimal(38,18))', '0.000000000000000001'),
        ('cast(12345678901234567890 as decimal(38,0))', '12345678901234567890'),
        ("double('NaN')", 'NaN'),
        ("double('-Infinity')", '-Infinity'),
        ('0.1D + 0.2D', '0.30000000000000004'),
        ('-0.0D', '-0.0'),
        ('1e300', '1.0E300'),
        ('float(0.1)', '0.1'),
        ('1 = 2', 'false'),
        ("X'00ff5c'", '\\x00ff5c'),
        ("X''", '\\x'),
        ("date'2020-02-29'", '2020-02-29'),
        ("date'0001-01-01'", '0001-01-01'),
        ("date'0001-01-01' - interval 1 day", '0001-12-31 BC'),
        ("date'-0043-03-15'", '0044-03-15 BC'),
        ("date'+12020-01-01'", '12020-01-01'),
        ("timestamp'2020-01-01 12:00:00.120000+02:00'", '2020-01-01 10:00:00.12+00'),
        ("timestamp'0000-12-31 23:59:59.5'", '0001-12-31 23:59:59.5+00 BC'),
        ("timestamp_ntz'2020-03-29 02:30:00'", '2020-03-29 02:30:00'),
        ("timestamp_ntz'-0001-03-29 02:30:00'", '0002-03-29 02:30:00 BC'),
        ("'as it is\\\\ '", 'as it is\\ '),
        ("''", ''),
        ('cast(null as timestamp)', None),
        ('null', None),
    ],
)
def test_values_have_the_text_form_that_postgresql_reads(spark: SparkSession, value: str, text: str | None) -> None:
    rows = spark.sql(f'select {value} as `a.b`')
    assert rows.select(*as_text(rows, 'hr.people')).collect() == [(text,)]


@pytest.mark.parametrize('value', ['array(1)', "map('a', 1)", 'struct(1)', 'interval 1 day', 'interval 1 month'])
def test_what_has_no_such_form_is_refused_by_its_name(spark: SparkSession, value: str) -> None:
    rows = spark.sql(f'select {value} as tags')
    with pytest.raises(LoadFailed, match=r'^hr\.people: the column "tags" is of the type .*make it a text'):
        as_text(rows, 'hr.people')
