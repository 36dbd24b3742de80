from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from il_failure import LoadFailed
from il_files import assert_writable, write_files


def test_files_have_the_values_as_they_are_under_any_name(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.sql(
        "select 1 as `a b`, date'0900-02-28' as `a.b`, cast(1.50 as decimal(38,2)) as `x,;{}()=`,"
        " timestamp_ntz'2020-03-29 02:30:00' as ntz, X'00ff' as bin, cast(null as string) as `Name`, 'x' as name"
    )
    address = str(tmp_path / 'hr.people')
    assert_writable(rows, 'hr.people')
    assert write_files(rows, address) == 1
    files = spark.read.parquet(address)
    assert files.dtypes == rows.dtypes
    assert files.collect() == rows.collect()
    assert files.first()['a.b'] == date(900, 2, 28)  # type: ignore[index]


def test_a_second_load_replaces_the_files_of_the_first(spark: SparkSession, tmp_path: Path) -> None:
    address = str(tmp_path / 'hr.people')
    assert write_files(spark.range(100).repartition(4), address) == 100
    assert write_files(spark.range(3), address) == 3


def test_an_empty_table_is_a_file_without_rows(spark: SparkSession, tmp_path: Path) -> None:
    address = str(tmp_path / 'hr.people')
    assert write_files(spark.range(0), address) == 0
    assert spark.read.parquet(address).columns == ['id']


@pytest.mark.parametrize(
    ('query', 'said'),
    [
        ('select null as x', r'the column "x" is of the type void, for which files have no place: cast it'),
        ('select array() as x', r'the column "x" is of the type array<void>'),
        ('select make_interval(1) as x', r'the column "x" is of the type interval'),
        ('select 1 as id, 2 as x, 3 as x', r'the rows have the column "x" twice'),
    ],
)
def test_what_has_no_place_in_files_is_said_before_they_are_written(spark: SparkSession, query: str, said: str) -> None:
    with pytest.raises(LoadFailed, match=rf'^hr\.people: {said}'):
        assert_writable(spark.sql(query), 'hr.people')
