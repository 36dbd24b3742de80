from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from il_failure import LoadFailed
from il_script import Script


def test_a_module_makes_other_rows_of_the_rows(spark: SparkSession) -> None:
    script = Script(
        spark, 'def transform(table, rows, spark):\n    return rows.selectExpr("id * 2 as id", f"\'{table}\' as t")\n'
    )
    assert script.apply('hr.people', spark.range(1, 3)).collect() == [(2, 'hr.people'), (4, 'hr.people')]


def test_executors_find_the_modules_own_functions(spark: SparkSession) -> None:
    script = Script(
        spark,
        'from pyspark.sql.functions import udf\n'
        'def shout(text):\n    return text.upper() + "!"\n'
        'def transform(table, rows, spark):\n    return rows.select(udf(shout)("t").alias("t"))\n',
    )
    assert script.apply('hr.people', spark.sql("select 'ada' as t")).collect() == [('ADA!',)]


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('def transform(table, rows, spark)\n    return rows\n', r"^transform.script: expected ':' \(line 1\)$"),
        ('import nowhere\n', r"ModuleNotFoundError: No module named 'nowhere' \(line 1\)$"),
        ('def transfrom(table, rows, spark):\n    return rows\n', 'has no function transform'),
        ('transform = 7\n', 'has no function transform'),
    ],
)
def test_a_module_that_cannot_be_used_is_refused(spark: SparkSession, text: str, said: str) -> None:
    with pytest.raises(LoadFailed, match=said):
        Script(spark, text)


@pytest.mark.parametrize(
    ('body', 'said'),
    [
        ('rows.nix()', r"hr\.people: .*'nix' \(line 3\)$"),
        ("rows.where('nix > 1')", r'hr\.people: \[UNRESOLVED_COLUMN.* \(line 3\)$'),
        ('rows.count()', r'hr\.people: transform answered int, no DataFrame\.$'),
    ],
)
def test_what_goes_wrong_in_a_module_is_said_with_table_and_line(spark: SparkSession, body: str, said: str) -> None:
    script = Script(spark, f'def transform(table, rows, spark):\n    # {body}\n    return {body}\n')
    with pytest.raises(LoadFailed, match=said):
        script.apply('hr.people', spark.range(3))
