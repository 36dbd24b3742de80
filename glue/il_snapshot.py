"""One view of the source for all sessions that read from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from il_failure import LoadFailed

if TYPE_CHECKING:
    from il_database import Database
    from il_document import JobSnapshot


@contextmanager
def hold_snapshot(source: Database, snapshot: JobSnapshot | None) -> Iterator[str | None]:
    """
    What each reading session begins with.

    The view is there as long as the session that exported it. Should that end, joining fails, and with it the load: a
    second view would not fit to what was read in the first one.
    """
    if snapshot is None:
        yield None
        return
    with closing(source.connect()) as session:
        for statement in snapshot['begin']:
            session.execute(statement)
        exported = session.row(snapshot['export'])
        if exported is None:
            raise LoadFailed('The source exported no snapshot.')
        yield snapshot['join'].replace('{snapshot}', str(exported[0]))
