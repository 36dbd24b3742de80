from __future__ import annotations

import pytest
from conftest import Derby
from pyspark.sql import SparkSession

from il_count import Count, is_exact_in
from il_document import JobRead
from il_failure import LoadFailed
from il_progress import read_progress
from il_read import Source
from il_snapshot import hold_snapshot

PEOPLE: JobRead = {
    'query': '(select cast(id as char(9)) as "c1", name as "c2", id as "n1", id as "k1" from people) il',
    'partitions': ['"k1" <= 4', '"k1" > 4 and "k1" <= 8', '"k1" > 8'],
    'columns': [{'name': 'id', 'text': 'c1', 'typed': 'n1'}, {'name': 'name', 'text': 'c2'}],
}


@pytest.fixture
def people(derby: Derby) -> Derby:
    names = ', '.join(f"({n}, 'n{n}')" for n in range(1, 13))
    derby.run('create table people (id int primary key, name varchar(9))', f'insert into people values {names}')
    return derby


def test_each_partition_is_read_by_a_task_of_its_own_and_each_row_once(spark: SparkSession, people: Derby) -> None:
    rows = Source(spark, people, None).read(PEOPLE)
    assert rows.rdd.getNumPartitions() == 3
    assert [row.n1 for row in rows.sort('n1').collect()] == list(range(1, 13))


def test_every_session_that_reads_begins_by_joining_the_snapshot(spark: SparkSession, people: Derby) -> None:
    people.run('create table joined (snapshot varchar(20))')
    snapshot = {
        'begin': ["insert into joined values 'begun'"],
        'export': 'select count(*) from joined',
        'join': "insert into joined values 'of {snapshot}'",
    }
    with hold_snapshot(people, snapshot) as join:  # type: ignore[arg-type]
        assert join == "insert into joined values 'of 1'"
    assert people.number('select count(*) from joined') == 0, 'the session that exports was open all the time'
    Source(spark, people, join).read(PEOPLE).select('c1').collect()
    assert people.number("select count(*) from joined where snapshot = 'of 1'") == 3


def test_a_source_that_exports_nothing_is_not_read(people: Derby) -> None:
    snapshot = {'begin': [], 'export': 'select id from people where id < 0', 'join': '{snapshot}'}
    with pytest.raises(LoadFailed, match='exported no snapshot'), hold_snapshot(people, snapshot):  # type: ignore[arg-type]
        pass


def test_rows_are_counted_as_they_pass_before_the_filter(spark: SparkSession, people: Derby) -> None:
    read = Count(Source(spark, people, None).read(PEOPLE))
    kept = read.rows.where('n1 > 10')
    written = Count(kept)
    assert len(written.rows.collect()) == 2
    assert (read.get(), written.get()) == (12, 2)
    assert is_exact_in(kept)


def test_a_count_before_a_shuffle_is_not_exact_and_the_source_is_asked(spark: SparkSession, people: Derby) -> None:
    source = Source(spark, people, None)
    assert not is_exact_in(source.read(PEOPLE).dropDuplicates(['c2']))
    assert source.count(PEOPLE) == 12


def test_a_count_that_spark_never_tells_is_not_waited_for_forever(spark: SparkSession, people: Derby) -> None:
    assert Count(Source(spark, people, None).read(PEOPLE)).get(seconds=0.1) is None


def test_progress_is_that_of_the_groups_own_jobs(spark: SparkSession, people: Derby) -> None:
    rows = Source(spark, people, None).read(PEOPLE)
    spark.sparkContext.setJobGroup('hr.people', 'people')
    rows.select('c1').collect()
    spark.sparkContext.setJobGroup('other', 'other')
    rows.select('c1').where('c1 = 1').collect()
    assert read_progress(spark, 'hr.people') == (12, 0)
    assert read_progress(spark, 'nobody') == (0, 0)
