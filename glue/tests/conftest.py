"""One Spark for all tests, databases of Derby (which Spark brings along), and stand-ins for S3 and Secrets Manager."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from pyspark.sql import SparkSession

from il_database import Database
from il_session import start_session

# Of a JVM that lives for seconds most of the time is its compiler's.
_JAVA_OPTIONS = '-Dderby.stream.error.file=/dev/null -XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
_SUBMIT = [
    '--master local[2]',
    '--conf spark.ui.enabled=false',
    '--conf spark.sql.shuffle.partitions=2',
    f'--conf "spark.driver.extraJavaOptions={_JAVA_OPTIONS}"',
    'pyspark-shell',
]


@pytest.fixture(scope='session')
def spark() -> Iterator[SparkSession]:
    os.environ['PYSPARK_SUBMIT_ARGS'] = ' '.join(_SUBMIT)
    os.environ['PYSPARK_PYTHON'] = sys.executable
    os.environ.pop('SPARK_HOME', None)
    session = start_session()
    session.sparkContext.setLogLevel('OFF')
    yield session
    session.stop()


class Derby(Database):
    """A database of its own for each test."""

    _numbers = count()

    def __init__(self, spark: SparkSession) -> None:
        url = f'jdbc:derby:memory:il{next(self._numbers)};create=true'
        super().__init__(spark, 'org.apache.derby.jdbc.EmbeddedDriver', url, {'fetchsize': '100'})

    def run(self, *statements: str) -> None:
        with self.transaction() as session:
            for statement in statements:
                session.execute(statement)

    def number(self, query: str) -> int:
        with self.transaction() as session:
            row = session.row(query)
            assert row is not None
            return int(row[0])


@pytest.fixture
def derby(spark: SparkSession) -> Derby:
    return Derby(spark)


class FakeAws:
    """The two clients in one: objects by their address, secrets by their name."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.secrets: dict[str, str] = {}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as boto3 calls it
        return {'Body': io.BytesIO(self.objects[f's3://{Bucket}/{Key}'].encode())}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        assert ContentType == 'application/json'
        self.objects[f's3://{Bucket}/{Key}'] = Body.decode()

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {'SecretString': self.secrets[SecretId]}

    def report(self, address: str) -> Any:
        return json.loads(self.objects[address])


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()
