from __future__ import annotations

import json
from typing import Any, cast

import pytest
from conftest import Derby, FakeAws
from pyspark.sql import SparkSession

from il_database import Database, find_database
from il_document import JobConnection
from il_failure import LoadFailed, Scrubber, explain

SECRET = {'username': 'ada', 'password': 'pa$$ word', 'host': 'db.example', 'port': '5433', 'dbname': 'hr'}


def found(spark: SparkSession, aws: FakeAws, secret: Any, **beside: Any) -> Database:
    aws.secrets['s'] = secret if isinstance(secret, str) else json.dumps(secret)
    connection = {
        'secret': 's',
        'defaultPort': 5432,
        'scheme': 'jdbc:postgresql',
        'driver': 'org.postgresql.Driver',
        'properties': {'fetchsize': '10'},
        **beside,
    }
    return find_database(spark, cast('JobConnection', connection), aws, Scrubber())


def test_a_secret_says_where_and_as_whom(spark: SparkSession, aws: FakeAws) -> None:
    database = found(spark, aws, SECRET)
    assert database.url == 'jdbc:postgresql://db.example:5433/hr'
    assert database.properties == {
        'fetchsize': '10',
        'user': 'ada',
        'password': 'pa$$ word',
        'driver': 'org.postgresql.Driver',
    }


def test_what_the_document_says_beside_the_secret_wins(spark: SparkSession, aws: FakeAws) -> None:
    assert found(spark, aws, SECRET, host='::1', port=7, dbname='h r?/').url == 'jdbc:postgresql://[::1]:7/h%20r%3F%2F'


def test_a_port_that_nobody_names_is_the_engines(spark: SparkSession, aws: FakeAws) -> None:
    secret = {name: value for name, value in SECRET.items() if name != 'port'}
    assert found(spark, aws, secret).url == 'jdbc:postgresql://db.example:5432/hr'


@pytest.mark.parametrize('name', ['username', 'password', 'host', 'dbname'])
def test_what_a_secret_lacks_is_named(spark: SparkSession, aws: FakeAws, name: str) -> None:
    with pytest.raises(LoadFailed, match=f'^The secret s lacks {name}.$'):
        found(spark, aws, {**SECRET, name: ''})


@pytest.mark.parametrize('text', ['hunter2', '"hunter2"', '["hunter2"]', '{"password": "hunter2"'])
def test_a_secret_of_another_form_is_not_repeated(spark: SparkSession, aws: FakeAws, text: str) -> None:
    with pytest.raises(LoadFailed, match='holds no JSON object') as caught:
        found(spark, aws, text)
    assert 'hunter2' not in str(caught.value)


def test_a_database_that_cannot_be_reached_is_named(spark: SparkSession) -> None:
    database = Database(spark, 'org.apache.derby.jdbc.EmbeddedDriver', 'jdbc:derby:memory:nowhere', {})
    with pytest.raises(
        LoadFailed, match=r"^No connection to jdbc:derby:memory:nowhere: Database 'memory:nowhere' not found"
    ):
        database.connect()


def test_a_transaction_is_there_whole_or_not_at_all(derby: Derby) -> None:
    derby.run('create table t (id int primary key)', 'insert into t values 1')
    with pytest.raises(Exception, match='duplicate key') as caught, derby.transaction() as session:  # noqa: PT012
        session.execute('insert into t values 2')
        session.execute('insert into t values 1')
    assert explain(caught.value).startswith('The statement was aborted because it would have caused a duplicate key')
    assert derby.number('select count(*) from t') == 1


def test_an_update_tells_how_many_rows_it_wrote(derby: Derby) -> None:
    derby.run('create table t (id bigint, n bigint)', 'insert into t values (1, 0), (2, 0)')
    with derby.transaction() as session:
        assert session.update('update t set n = ? where id <= ?', 5_000_000_000, 1) == 1
        assert session.row('select id, n, id > 1 from t order by id') == [1, 5_000_000_000, False]
        assert session.row('select id from t where id > 2') is None
