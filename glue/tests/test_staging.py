from __future__ import annotations

from typing import Any, cast

import pytest
from conftest import Derby
from pyspark.sql import SparkSession

from il_document import JobColumn, JobStaging, JobTarget
from il_failure import LoadFailed, explain
from il_staging import Target, match_columns, stage_rows

FENCE = {
    'endEarlier': ['delete from leftover'],
    'take': "update shards set fence = 's1' where not closed",
    'hold': "select fence = 's1' and not closed from shards",
}
ID = {'name': 'id', 'target': '"id"', 'stage': 'C1'}
FULL_NAME = {'name': 'full name', 'target': '"full name"', 'stage': 'C2'}
COLUMNS = cast('list[JobColumn]', [ID, FULL_NAME])
STAGING = {
    'stage': 'stage',
    'dropStage': 'delete from stage',
    'createStage': 'insert into made values 1',
    'columns': COLUMNS,
    'publishInto': 'insert into people',
    'publishOverriding': '',
    'publishFrom': 'from stage where "il_part" >= 0',
    'isPublished': 'select done, rows_read, rows_written from ranges',
    'record': 'update ranges set done = true, rows_read = ?, rows_written = ?',
}


@pytest.fixture
def database(derby: Derby) -> Derby:
    derby.run(
        'create table leftover (n int)',
        'insert into leftover values 1',
        'create table shards (fence varchar(9), closed boolean)',
        'insert into shards values (null, false)',
        'create table ranges (done boolean, rows_read bigint, rows_written bigint)',
        'insert into ranges values (false, 0, 0)',
        'create table made (n int)',
        'create table stage ("il_part" int, c1 varchar(9), c2 varchar(9))',
        'create table people ("id" varchar(9) primary key, "full name" varchar(9))',
    )
    return derby


def target_of(database: Derby) -> Target:
    return Target(database, cast('JobTarget', FENCE))


def staging(**other: Any) -> JobStaging:
    return cast('JobStaging', {**STAGING, **other})


def stage(spark: SparkSession, target: Target, query: str = "id, concat('n', id) as `full name`") -> list[JobColumn]:
    """Five rows in two partitions."""
    rows = spark.range(1, 6, numPartitions=2).selectExpr(*query.split(', ', 1))
    columns = match_columns(rows, COLUMNS, 'hr.people')
    target.stage(staging(), stage_rows(rows, columns, 'hr.people'))
    return columns


def test_the_job_becomes_the_only_writer_after_it_has_ended_what_an_earlier_one_left(database: Derby) -> None:
    target_of(database).take_over()
    assert database.number('select count(*) from leftover') == 0
    assert database.number("select count(*) from shards where fence = 's1'") == 1


def test_a_load_that_was_closed_is_not_taken_over(database: Derby) -> None:
    database.run('update shards set closed = true')
    with pytest.raises(LoadFailed, match=r'^The load was closed before this job could begin to write\.$'):
        target_of(database).take_over()


def test_rows_go_through_the_staging_table_with_the_number_of_their_partition(
    spark: SparkSession, database: Derby
) -> None:
    target = target_of(database)
    target.take_over()
    columns = stage(spark, target)
    assert database.number('select count(distinct "il_part") from stage') == 2
    assert database.number('select count(*) from made') == 1
    assert target.published(staging()) is None
    assert target.publish(staging(), columns, 7, 5) == (7, 5)
    assert database.number('select count(*) from people where "full name" = \'n\' || "id"') == 5
    assert target.published(staging()) == (7, 5)
    assert target.drop_stage(staging()) is None
    assert database.number('select count(*) from stage') == 0


def test_what_an_earlier_try_has_staged_is_gone_before_rows_are_staged_again(
    spark: SparkSession, database: Derby
) -> None:
    target = target_of(database)
    target.take_over()
    stage(spark, target)
    stage(spark, target)
    assert database.number('select count(*) from stage') == 5


def test_a_table_that_is_published_already_is_not_published_twice(spark: SparkSession, database: Derby) -> None:
    target = target_of(database)
    target.take_over()
    columns = stage(spark, target)
    database.run('update ranges set done = true, rows_read = 40, rows_written = 30')
    assert target.publish(staging(), columns, 7, 5) == (40, 30)
    assert database.number('select count(*) from people') == 0


@pytest.mark.parametrize('happens', ['closed = true', "fence = 's2'"])
def test_who_lost_the_fence_stages_nothing(spark: SparkSession, database: Derby, happens: str) -> None:
    target = target_of(database)
    target.take_over()
    database.run(f'update shards set {happens}')
    with pytest.raises(LoadFailed, match=r'was closed, or a later start of the job has taken over'):
        stage(spark, target)
    assert database.number('select count(*) from made') == 0


@pytest.mark.parametrize('happens', ['closed = true', "fence = 's2'"])
def test_who_lost_the_fence_publishes_nothing(spark: SparkSession, database: Derby, happens: str) -> None:
    target = target_of(database)
    target.take_over()
    columns = stage(spark, target)
    database.run(f'update shards set {happens}')
    with pytest.raises(LoadFailed, match=r'was closed, or a later start of the job has taken over'):
        target.publish(staging(), columns, 7, 5)
    assert database.number('select count(*) from people') == 0


def test_rows_that_are_lost_between_staging_and_publishing_end_the_load(spark: SparkSession, database: Derby) -> None:
    target = target_of(database)
    target.take_over()
    columns = stage(spark, target)
    lossy = staging(publishFrom='from stage where "il_part" = 0')
    with pytest.raises(LoadFailed, match=r'The staging table held 2 rows of the 5'):
        target.publish(lossy, columns, 5, 5)
    assert database.number('select count(*) from people') == 0
    assert target.published(staging()) is None


def test_a_row_that_the_target_refuses_leaves_nothing_behind(spark: SparkSession, database: Derby) -> None:
    target = target_of(database)
    target.take_over()
    columns = stage(spark, target, 'id % 3 as id, id as `full name`')
    with pytest.raises(Exception, match=r'.') as caught:
        target.publish(staging(), columns, 5, 5)
    assert 'duplicate key' in explain(caught.value)
    assert database.number('select count(*) from people') == 0
    assert target.published(staging()) is None


def test_a_staging_table_that_cannot_be_dropped_is_said_and_the_rows_stay(database: Derby) -> None:
    left = target_of(database).drop_stage(staging(dropStage='drop table nowhere'))
    assert left is not None
    assert 'NOWHERE' in left


def test_a_scripts_columns_are_matched_by_name_and_those_that_are_missing_stay_null(
    spark: SparkSession, database: Derby
) -> None:
    target = target_of(database)
    target.take_over()
    columns = stage(spark, target, 'id')
    target.publish(staging(), columns, 5, 5)
    assert database.number('select count(*) from people where "full name" is null') == 5


@pytest.mark.parametrize(
    ('query', 'said'),
    [
        ('select 1 as id, 2 as fullname', r'the target has no column "fullname" that could be written'),
        ('select 1 as ID', r'the target has no column "ID"'),
        ('select 1 as id, 2 as id', r'the rows have the column "id" twice'),
    ],
)
def test_columns_that_do_not_match_are_named(spark: SparkSession, query: str, said: str) -> None:
    with pytest.raises(LoadFailed, match=rf'^transform\.script: hr\.people: {said}'):
        match_columns(spark.sql(query), COLUMNS, 'hr.people')
