from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tables import rows_of, table_of

from il_document import JobRows
from il_rows import as_lines, write_rows
from il_transform import transform_with_key


def lines_in(folder: Path) -> list[str]:
    files = sorted(folder.glob('part-*'))
    return [line for file in files for line in file.read_text().split('\n')[:-1]]


def only_line(spark: SparkSession, sql: str) -> str:
    (row,) = as_lines(spark.sql(sql)).collect()
    return str(row['line'])


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('9223372036854775807', '9223372036854775807'),
        ('cast(1.50 as decimal(10,2))', '1.50'),
        ('cast(12345678901234567890123456789012345678 as decimal(38,0))', '12345678901234567890123456789012345678'),
        ('true', 'true'),
        ('\'tab\\t break\\n "quote" back\\\\ Łukasz 😀\'', '"tab\\t break\\n \\"quote\\" back\\\\ Łukasz 😀"'),
        ("''", '""'),
        ('cast(null as string)', 'null'),
        ('null', 'null'),
        ("double('NaN')", '"NaN"'),
        ("X'00ff'", '"\\\\x00ff"'),
        ("date'2020-02-29'", '"2020-02-29"'),
        ("date'0001-01-01' - interval 1 day", '"0001-12-31 BC"'),
        ("timestamp'2020-01-01 12:00:00.120000+02:00'", '"2020-01-01T10:00:00.12+00:00"'),
        ("timestamp'0000-12-31 23:59:59'", '"0001-12-31T23:59:59+00:00 BC"'),
        ("timestamp_ntz'2020-03-29 02:30:00.000001'", '"2020-03-29T02:30:00.000001"'),
        ("array(timestamp_ntz'2020-03-29 02:30:00.000001')", '["2020-03-29T02:30:00.000001"]'),
        ("named_struct('a b', 1, 'c', cast(null as int))", '{"a b":1,"c":null}'),
    ],
)
def test_values_are_json_as_postgresql_writes_it(spark: SparkSession, value: str, text: str) -> None:
    assert only_line(spark, f'select {value} as `a.b "c"`') == f'\t{{"a.b \\"c\\"":{text}}}'


def test_a_number_close_to_zero_has_an_exponent_and_is_the_same_number(spark: SparkSession) -> None:
    assert json.loads(only_line(spark, 'select cast(0.0000001 as decimal(10,7)) as n')) == {'n': 1e-7}


def test_a_key_is_the_sources_whatever_becomes_of_its_columns(spark: SparkSession) -> None:
    output: Any = [
        {'name': 'key', 'cast': 'id', 'to': 'string'},
        {'name': 'value', 'derive': 'upper(name)'},
    ]
    table = table_of(['id', 'name', 'on'], output=output, filter='id > 1')
    rows = rows_of(spark, 'int, string, date', (1, 'a', None), (2, 'b\tb', None))
    lines = as_lines(transform_with_key(rows, table, ['id', 'name']), keyed=True).collect()
    assert [row['line'] for row in lines] == ['{"id":2,"name":"b\\tb"}\t{"key":"2","value":"B\\tB"}']


def test_columns_called_key_and_value_are_no_key(spark: SparkSession) -> None:
    assert only_line(spark, "select 1 as key, 'x' as value") == '\t{"key":1,"value":"x"}'


def test_rows_are_lines_of_utf_8_and_are_counted(spark: SparkSession, tmp_path: Path) -> None:
    rows: JobRows = {'folder': str(tmp_path / 'rows')}
    made = as_lines(spark.range(100).repartition(4).selectExpr('id', "'Łukasz\\r\\n' as name"))
    assert write_rows(made, rows) == 100
    lines = lines_in(tmp_path / 'rows')
    assert sorted(json.loads(line)['id'] for line in lines) == list(range(100))
    assert lines[0].startswith('\t{"id":')


def test_a_next_attempt_writes_over_what_was_there(spark: SparkSession, tmp_path: Path) -> None:
    rows: JobRows = {'folder': str(tmp_path / 'rows')}
    assert write_rows(as_lines(spark.range(100).repartition(4)), rows) == 100
    assert write_rows(as_lines(spark.range(3)), rows) == 3
    assert len(lines_in(tmp_path / 'rows')) == 3


def test_a_table_without_rows_leaves_no_line(spark: SparkSession, tmp_path: Path) -> None:
    assert write_rows(as_lines(spark.range(0)), {'folder': str(tmp_path / 'rows')}) == 0
    assert lines_in(tmp_path / 'rows') == []
