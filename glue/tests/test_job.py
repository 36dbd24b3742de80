from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Derby, FakeAws
from pyspark.sql import SparkSession

import il_job
import initial_load
from il_document import JobConnection
from il_failure import LoadFailed, Scrubber
from il_staging import Target

REPORT = 's3://store/loads/l-1/glue/report-s1.json'
DOCUMENT = 's3://store/loads/l-1/glue/job-s1.json'


class World:
    """A source and a target of Derby, and the documents of one load between them."""

    def __init__(self, source: Derby, target: Derby, aws: FakeAws) -> None:
        self.source = source
        self.target = target
        self.aws = aws
        self.document: dict[str, Any] = {
            'version': 1,
            'start': 's1',
            'report': REPORT,
            'source': {'dbname': 'source'},
            'target': {
                'dbname': 'target',
                'endEarlier': [],
                'take': "update shards set fence = 's1' where not closed",
                'hold': "select fence = 's1' and not closed from shards",
            },
            'tables': [],
        }
        target.run('create table shards (fence varchar(9), closed boolean)', 'insert into shards values (null, false)')
        target.run('create table ranges (name varchar(9), done boolean, rows_read bigint, rows_written bigint)')

    def add(self, name: str, **transform: Any) -> dict[str, Any]:
        """A table of 10 rows with `id` and `name`, on both sides."""
        rows = ', '.join(f"({n}, 'n{n}')" for n in range(10))
        self.source.run(f'create table {name} (id int, name varchar(9))', f'insert into {name} values {rows}')
        self.target.run(f'create table {name} (id varchar(9), name varchar(9))')
        self.target.run(f'create table stage_{name} ("il_part" int, c1 varchar(9), c2 varchar(9))')
        self.target.run(f"insert into ranges values ('{name}', false, 0, 0)")
        table = {
            'table': f'hr.{name}',
            'read': {
                'query': f'(select cast(cast(id as char(9)) as varchar(9)) c1, name c2, id n1 from {name}) il',
                'partitions': ['n1 < 5', 'n1 >= 5'],
                'columns': [{'name': 'id', 'text': 'C1', 'typed': 'N1'}, {'name': 'name', 'text': 'C2'}],
            },
            'transform': {'output': [{'name': 'id', 'copy': 'id'}, {'name': 'name', 'copy': 'name'}], **transform},
            'database': {
                'stage': f'stage_{name}',
                'dropStage': f'delete from stage_{name}',
                'createStage': 'values 1',
                'columns': [{'name': n, 'target': n, 'stage': s} for n, s in [('id', 'C1'), ('name', 'C2')]],
                'publishInto': f'insert into {name}',
                'publishOverriding': '',
                'publishFrom': f'from stage_{name}',
                'isPublished': f"select done, rows_read, rows_written from ranges where name = '{name}'",
                'record': f"update ranges set done = true, rows_read = ?, rows_written = ? where name = '{name}'",
            },
        }
        self.document['tables'].append(table)
        return table

    def load(self) -> Any:
        """Runs the job as Glue does, and answers its last report."""
        self.aws.objects[DOCUMENT] = json.dumps(self.document)
        initial_load.main(['--JOB_NAME', 'il-job', '--job_document', DOCUMENT, '--start', 's1', '--TempDir', ''])
        return self.report

    @property
    def report(self) -> Any:
        return self.aws.report(REPORT)

    def states(self) -> list[str]:
        return [table['state'] for table in self.report['tables']]


@pytest.fixture
def world(spark: SparkSession, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(Derby(spark), Derby(spark), aws)

    def find(_spark: SparkSession, connection: JobConnection, _secrets: Any, scrub: Scrubber) -> Derby:
        scrub.learn('ada', 'hunter2')
        return made.source if connection['dbname'] == 'source' else made.target

    monkeypatch.setattr(il_job, 'find_database', find)
    monkeypatch.setattr('boto3.client', lambda _: aws)
    return made


def test_tables_are_loaded_one_after_the_other_and_the_report_tells_their_rows(world: World) -> None:
    world.add('a')
    world.add('b', filter='id >= 3')
    report = world.load()
    assert report['state'] == 'succeeded'
    assert report['tables'] == [
        {'table': 'hr.a', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 10},
        {'table': 'hr.b', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 7},
    ]
    assert world.target.number("select count(*) from a where name = 'n' || trim(id)") == 10
    assert world.target.number('select count(*) from b') == 7


def test_rows_before_a_shuffle_are_counted_too(world: World) -> None:
    world.add('a', deduplicate={'key': ['name']}, filter='id <> 4')
    assert world.load()['tables'][0] == {'table': 'hr.a', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 9}


def test_a_wrong_expression_of_the_last_table_ends_the_load_before_the_first_is_written(world: World) -> None:
    world.add('a')
    world.add('b', output=[{'name': 'id', 'derive': 'uper(name)'}])
    with pytest.raises(LoadFailed, match=r'^transform\["hr\.b"\]\.derive\.id: \[UNRESOLVED_ROUTINE\]') as caught:
        world.load()
    assert world.states() == ['waiting', 'failed']
    assert world.report['state'] == 'failed'
    assert world.report['tables'][1]['failure'] == str(caught.value)
    assert 'failure' not in world.report
    assert world.target.number('select count(*) from stage_a') == 0


def test_a_table_that_fails_ends_the_load_with_its_cause_and_what_was_loaded_stays(world: World) -> None:
    world.add('a')
    world.add('b', output=[{'name': 'id', 'cast': 'name', 'to': 'int'}, {'name': 'name', 'copy': 'name'}])
    world.add('c')
    with pytest.raises(LoadFailed, match=r"^hr\.b: \[CAST_INVALID_INPUT\] The value 'n\d' of the type \"STRING\""):
        world.load()
    assert world.states() == ['done', 'failed', 'waiting']
    assert world.target.number('select count(*) from a') == 10


def test_what_an_earlier_start_has_published_is_not_loaded_again(world: World) -> None:
    world.add('a')
    world.add('b')
    world.target.run("update ranges set done = true, rows_read = 6, rows_written = 5 where name = 'a'")
    report = world.load()
    assert report['tables'][0] == {'table': 'hr.a', 'state': 'done', 'rowsRead': 6, 'rowsWritten': 5}
    assert world.target.number('select count(*) from a') == 0
    assert world.target.number('select count(*) from b') == 10


def test_a_staging_table_that_stays_is_told_without_credentials(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.add('a')
    monkeypatch.setattr(Target, 'drop_stage', lambda *_: 'FATAL: password authentication failed for user "ada"')
    assert world.load()['state'] == 'succeeded'
    said = capsys.readouterr().out
    assert 'The staging table of hr.a could not be dropped: FATAL: password' in said
    assert said.rstrip().endswith('for user "***"')


def test_a_load_that_was_closed_is_not_begun(world: World) -> None:
    world.add('a')
    world.target.run('update shards set closed = true')
    with pytest.raises(LoadFailed, match=r'^The load was closed'):
        world.load()
    assert world.report['failure'] == 'The load was closed before this job could begin to write.'
    assert world.states() == ['waiting']


def test_a_module_of_the_request_is_given_typed_rows_under_the_targets_names(world: World) -> None:
    world.add('a', output=[{'name': 'id', 'copy': 'id'}, {'name': 'name', 'copy': 'name'}])
    world.document['script'] = 's3://store/loads/l-1/glue/transform.py'
    world.aws.objects['s3://store/loads/l-1/glue/transform.py'] = (
        'def transform(table, rows, spark):\n'
        '    assert rows.count() == 10 and rows.dtypes[0] == ("id", "int"), table\n'
        '    return rows.where("id > 6").selectExpr("id * 100 as id")\n'
    )
    assert world.load()['tables'][0] == {'table': 'hr.a', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 3}
    assert world.target.number("select count(*) from a where id in ('700', '800', '900') and name is null") == 3


def test_rows_go_to_files_with_their_types_where_they_have_one(
    world: World, spark: SparkSession, tmp_path: Any
) -> None:
    table = world.add('a', filter='id < 3')
    del world.document['target'], table['database']
    table['files'] = f'file://{tmp_path}/a/'
    assert world.load()['tables'][0] == {'table': 'hr.a', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 3}
    assert spark.read.parquet(table['files']).dtypes == [('id', 'int'), ('name', 'string')]


def test_a_column_that_files_have_no_place_for_ends_the_load_before_the_first_is_written(
    world: World, tmp_path: Path
) -> None:
    tables = [world.add('a'), world.add('b', output=[{'name': 'id', 'derive': 'null'}])]
    del world.document['target']
    for table in tables:
        del table['database']
        table['files'] = f'file://{tmp_path}/{table["table"]}/'
    with pytest.raises(LoadFailed, match=r'^hr\.b: the column "id" is of the type void'):
        world.load()
    assert list(tmp_path.iterdir()) == []


def test_rows_for_topics_are_lines_with_the_sources_key(world: World, tmp_path: Any) -> None:
    table = world.add('a', filter='id < 3', output=[{'name': 'label', 'derive': "concat(trim(name), '!')"}])
    del world.document['target'], table['database']
    table['rows'] = {'folder': f'file://{tmp_path}/a/', 'key': ['id']}
    assert world.load()['tables'][0] == {'table': 'hr.a', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 3}
    lines = ''.join(file.read_text() for file in (tmp_path / 'a').glob('part-*')).splitlines()
    assert sorted(lines) == [f'{{"id":{n}}}\t{{"label":"n{n}!"}}' for n in range(3)]


def test_rows_that_a_module_made_for_topics_have_no_key(world: World, tmp_path: Any) -> None:
    table = world.add('a')
    del world.document['target'], table['database']
    table['rows'] = {'folder': f'file://{tmp_path}/a/'}
    world.document['script'] = 's3://store/loads/l-1/glue/transform.py'
    world.aws.objects['s3://store/loads/l-1/glue/transform.py'] = (
        'from pyspark.sql import functions as F\n'
        'def transform(table, rows, spark):\n'
        '    return rows.where("id > 8").select("id", F.struct("name").alias("inner"))\n'
    )
    assert world.load()['tables'][0]['rowsWritten'] == 1
    lines = ''.join(file.read_text() for file in (tmp_path / 'a').glob('part-*'))
    assert lines == '\t{"id":9,"inner":{"name":"n9"}}\n'


def test_the_cause_is_what_ends_the_job_also_when_no_report_gets_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add('a', filter='nix')
    put = world.aws.put_object

    def put_until_it_fails(**given: Any) -> None:
        if b'"failed"' in given['Body']:
            raise OSError('S3 is out of reach')
        put(**given)

    monkeypatch.setattr(world.aws, 'put_object', put_until_it_fails)
    with pytest.raises(LoadFailed, match=r'^transform\["hr\.a"\]\.filter: ') as caught:
        world.load()
    assert caught.value.__suppress_context__, 'no stack is shown, which could repeat values'
    assert world.report['state'] == 'running'


def test_a_document_that_is_not_there_ends_the_job_at_once(world: World) -> None:
    with pytest.raises(KeyError):
        initial_load.main(['--job_document', 's3://store/nowhere.json', '--start', 's1'])
    with pytest.raises(SystemExit):
        initial_load.main(['--start', 's1'])
