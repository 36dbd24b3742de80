"""What the job tells while it runs and at its end: the JobReport."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from threading import Event, RLock, Thread
from typing import Any

from il_failure import LoadFailed, Scrubber, explain

_EVERY_SECONDS = 15.0
Progress = Callable[[], tuple[int, int]]


class Reporter:
    """Writes the report: at the beginning, every 15 s, with each table, at the end. The first and last must arrive."""

    def __init__(self, write: Callable[[str], None], start: str, tables: list[str], scrub: Scrubber) -> None:
        self._write = write
        self._scrub = scrub
        self._report: dict[str, Any] = {'start': start, 'state': 'running', 'updatedAt': ''}
        self._tables = {name: _waiting(name) for name in tables}
        self._progress: tuple[str, Progress] | None = None
        self._lock = RLock()
        self._ended = Event()
        self._beating = Thread(target=self._beat, daemon=True)

    def begin(self, every_seconds: float = _EVERY_SECONDS) -> None:
        """From now on the report tells that the job is alive."""
        self._every_seconds = every_seconds
        self._put()
        self._beating.start()

    @contextmanager
    def loading(self, table: str, progress: Progress) -> Iterator[None]:
        """While a table is loaded, `progress` says how many of its rows were read and written so far."""
        self._tables[table]['state'] = 'loading'
        self._progress = (table, progress)
        self._try_to_put()
        try:
            yield
        finally:
            self._progress = None

    def done(self, table: str, rows_read: int, rows_written: int) -> None:
        """The table is loaded."""
        with self._lock:
            self._tables[table].update(state='done', rowsRead=rows_read, rowsWritten=rows_written)
            self._try_to_put()

    @contextmanager
    def blaming(self, table: str) -> Iterator[None]:
        """What goes wrong inside is this table's failure."""
        try:
            yield
        except Exception as error:
            message = self._scrub(explain(error))
            with self._lock:
                self._tables[table].update(state='failed', failure=message)
            raise LoadFailed(message if table in message else f'{table}: {message}') from error

    def succeed(self) -> None:
        """The last word."""
        self._end('succeeded')

    def fail(self, message: str) -> None:
        """The last word: what ended the job, unless a table's failure says it."""
        if not any(table['state'] == 'failed' for table in self._tables.values()):
            self._report['failure'] = message
        self._end('failed')

    def _end(self, state: str) -> None:
        self._ended.set()
        with self._lock:
            self._report['state'] = state
            self._put()

    def _beat(self) -> None:
        while not self._ended.wait(self._every_seconds):
            self._look()
            with self._lock:
                if not self._ended.is_set():
                    self._try_to_put()

    def _look(self) -> None:
        running = self._progress
        if running is None:
            return
        table, progress = running
        try:
            rows_read, rows_written = progress()
        except Exception as error:  # noqa: BLE001 - it is no more than how far the table is
            print(f'How far {table} is could not be told: {self._scrub(explain(error))}', flush=True)
            return
        with self._lock:
            if self._tables[table]['state'] == 'loading':
                self._tables[table].update(rowsRead=rows_read, rowsWritten=rows_written)

    def _try_to_put(self) -> None:
        try:
            self._put()
        except Exception as error:  # noqa: BLE001 - the next one may get through, and the load goes on
            print(f'The report could not be written: {self._scrub(explain(error))}', flush=True)

    def _put(self) -> None:
        with self._lock:
            now = datetime.now(timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')
            self._report['updatedAt'] = now
            self._write(json.dumps({**self._report, 'tables': list(self._tables.values())}, ensure_ascii=False))


def _waiting(table: str) -> dict[str, Any]:
    return {'table': table, 'state': 'waiting', 'rowsRead': 0, 'rowsWritten': 0}
