"""A database over JDBC: for Spark, which needs an address, and for sessions of the job's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import reduce
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from il_failure import LoadFailed, Scrubber, explain

if TYPE_CHECKING:
    from il_document import JobConnection


class Session:
    """One connection. Nothing is there for others before `commit`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        connection.setAutoCommit(False)

    def execute(self, sql: str, at_most_seconds: int = 0) -> None:
        """A statement whose result doesn't matter; 0 seconds are any time."""
        with closing(self._connection.createStatement()) as statement:
            statement.setQueryTimeout(at_most_seconds)
            statement.execute(sql)

    def update(self, sql: str, *numbers: int) -> int:
        """The number of rows that were written; `numbers` are the statement's parameters."""
        with closing(self._connection.prepareStatement(sql)) as statement:
            for position, number in enumerate(numbers, start=1):
                statement.setLong(position, number)
            return int(statement.executeLargeUpdate())

    def row(self, sql: str) -> list[Any] | None:
        """The first row of a query."""
        with closing(self._connection.createStatement()) as statement:
            rows = statement.executeQuery(sql)
            if not rows.next():
                return None
            return [rows.getObject(position + 1) for position in range(rows.getMetaData().getColumnCount())]

    def commit(self) -> None:
        """All of it, at once."""
        self._connection.commit()

    def close(self) -> None:
        """Ends the session, and with it what was not committed. One that is broken has ended."""
        with suppress(Py4JJavaError):
            self._connection.rollback()
            self._connection.close()


class Database:
    """`properties` are those of the driver, with user and password."""

    def __init__(self, spark: SparkSession, driver: str, url: str, properties: dict[str, str]) -> None:
        self.url = url
        self.properties = {**properties, 'driver': driver}
        self._jvm: Any = spark._jvm

    def connect(self) -> Session:
        """A session, which the caller closes."""
        properties = self._jvm.java.util.Properties()
        for name, value in self.properties.items():
            properties.setProperty(name, value)
        # By its class: java.sql.DriverManager doesn't see drivers that Spark was given as --jars.
        driver = reduce(getattr, self.properties['driver'].split('.'), self._jvm)()
        try:
            return Session(driver.connect(self.url, properties))
        except Py4JJavaError as error:
            raise LoadFailed(f'No connection to {self.url}: {explain(error)}') from error

    def append(self, rows: DataFrame, table: str) -> None:
        """
        Writes into columns of the same names: each of Spark's tasks in a transaction of its own.

        What DataFrameWriter.jdbc does, without its look at the table's types: it has no idea of some, such as money[],
        and needs none of them for texts.
        """
        jdbc = self._jvm.org.apache.spark.sql.execution.datasources.jdbc
        options = {**self.properties, 'url': self.url, 'dbtable': table}
        to_scala = self._jvm.org.apache.spark.api.python.PythonUtils.toScalaMap
        unknown = self._jvm.scala.Option.empty()
        jdbc.JdbcUtils.saveTable(rows._jdf, unknown, True, jdbc.JdbcOptionsInWrite(to_scala(options)))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Committed at the end, unless something went wrong."""
        with closing(self.connect()) as session:
            yield session
            session.commit()


def find_database(spark: SparkSession, connection: JobConnection, secrets: Any, scrub: Scrubber) -> Database:
    """The database that a connection names, with the credentials from its secret."""
    secret = _read_secret(secrets, connection['secret'])

    def needed(name: str) -> str:
        if secret.get(name) in {None, ''}:
            raise LoadFailed(f'The secret {connection["secret"]} lacks {name}.')
        return str(secret[name])

    user, password = needed('username'), needed('password')
    scrub.learn(user, password)
    host = connection.get('host') or needed('host')
    port = connection.get('port') or secret.get('port') or connection['defaultPort']
    dbname = connection.get('dbname') or needed('dbname')
    place = f'[{host}]' if ':' in host else host
    url = f'{connection["scheme"]}://{place}:{int(port)}/{quote(dbname, safe="")}'
    return Database(spark, connection['driver'], url, {**connection['properties'], 'user': user, 'password': password})


def _read_secret(secrets: Any, name: str) -> dict[str, Any]:
    text = secrets.get_secret_value(SecretId=name).get('SecretString')
    try:
        secret = json.loads(text)
    except (TypeError, ValueError):
        secret = None
    if not isinstance(secret, dict):
        # What a parser says would quote the secret.
        raise LoadFailed(f'The secret {name} holds no JSON object with username and password.')
    return secret
