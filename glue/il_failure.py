"""What ended a load, in one or two sentences: the cause as a database or Spark puts it, no stack, no credential."""

from __future__ import annotations

import re
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException

_LONGEST = 600
# What follows the sentence in a message: a stack, the text of a query, a plan, advice to give up exactness.
_TRAILER = re.compile(
    r"\n\s*at |\s+If necessary set |\n\s*== SQL|; line \d+ pos \d+|;?\n'|\nDriver stacktrace|\n\tSuppressed"
)


class LoadFailed(Exception):  # noqa: N818 - Glue shows this name before the message
    """The load can't go on; the message is for people."""


class Scrubber:
    """Takes what it has learned out of texts, since a driver's message may repeat a user or a password."""

    def __init__(self) -> None:
        self._secrets: list[re.Pattern[str]] = []

    def learn(self, user: str, password: str) -> None:
        """The user is only taken out where it is quoted or named as one: its name may well be that of a schema."""
        if password:
            self._secrets.append(re.compile(re.escape(password)))
        self._secrets.append(re.compile(rf'(?<=["\'`]){re.escape(user)}(?=["\'`])|(?<=user=){re.escape(user)}\b'))

    def __call__(self, text: str) -> str:
        """The text without them."""
        for secret in self._secrets:
            text = secret.sub('***', text)
        return text


def explain(error: BaseException) -> str:
    """The root cause of what went wrong."""
    if isinstance(error, LoadFailed):
        return str(error)
    if isinstance(error, Py4JJavaError):
        return _sentence(_root_message(error.java_exception))
    if isinstance(error, CapturedException):
        # Spark's errors on expressions have no cause, and their own message is the best one.
        return _sentence(_root_message(error._origin) if error._origin is not None else str(error))
    return _sentence(f'{type(error).__name__}: {error}')


def _root_message(thrown: Any) -> str:
    """Follows causes, and of a batch of inserts the error of the one that failed."""
    message = ''
    while thrown is not None:
        message = thrown.getMessage() or thrown.toString()
        following = thrown.getCause()
        if following is None and 'java.sql.BatchUpdateException' in thrown.getClass().getName():
            following = thrown.getNextException()
        thrown = following
    return message


def _sentence(message: str) -> str:
    # Of an error that came from an executor only its text may be left.
    caused_by = re.findall(r'\nCaused by: [\w.$]+: (.*(?:\n(?!\s*at |\s*\.\.\. |Caused by: ).*)*)', message)
    text = caused_by[-1] if caused_by else message
    if 'Traceback (most recent call last)' in text:
        text = text.strip().splitlines()[-1]
    text = ' '.join(_TRAILER.split(text.strip())[0].split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + '…'
