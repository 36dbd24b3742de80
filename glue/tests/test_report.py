from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from il_failure import LoadFailed, Scrubber
from il_report import Reporter


class Reports:
    """What was written, one after the other."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.refuses = False

    def write(self, text: str) -> None:
        if self.refuses:
            raise OSError('S3 is out of reach')
        self.written.append(json.loads(text))

    @property
    def last(self) -> Any:
        return self.written[-1]


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


def reporter_of(reports: Reports) -> Reporter:
    scrub = Scrubber()
    scrub.learn('ada', 'hunter2')
    return Reporter(reports.write, 's1', ['hr.a', 'hr.b', 'hr.c'], scrub)


def states(report: Any) -> list[str]:
    return [table['state'] for table in report['tables']]


def test_a_load_that_succeeds_is_told_from_waiting_to_done() -> None:
    reports = Reports()
    reporter = reporter_of(reports)
    reporter.begin()
    assert reports.last['start'] == 's1'
    assert states(reports.last) == ['waiting', 'waiting', 'waiting']
    for name in ['hr.a', 'hr.b', 'hr.c']:
        with reporter.loading(name, lambda: (0, 0)):
            assert reports.last['tables'][['hr.a', 'hr.b', 'hr.c'].index(name)]['state'] == 'loading'
        reporter.done(name, 10, 9)
    reporter.succeed()
    assert reports.last['state'] == 'succeeded'
    assert reports.last['tables'][2] == {'table': 'hr.c', 'state': 'done', 'rowsRead': 10, 'rowsWritten': 9}
    assert 'failure' not in reports.last


def test_rows_are_told_while_they_come() -> None:
    reports = Reports()
    reporter = reporter_of(reports)
    reporter.begin(every_seconds=0.01)
    rows = iter(range(1, 1_000_000))
    with reporter.loading('hr.a', lambda: (next(rows) * 100, 0)):
        wait_for(lambda: reports.last['tables'][0]['rowsRead'] >= 300)
    assert reports.last['updatedAt'] > reports.written[0]['updatedAt']
    reporter.succeed()
    ended = len(reports.written)
    time.sleep(0.05)
    assert len(reports.written) == ended, 'nothing is written after the last word'


def test_a_report_that_does_not_get_through_does_not_end_the_load() -> None:
    reports = Reports()
    reporter = reporter_of(reports)
    reporter.begin(every_seconds=0.01)
    reports.refuses = True
    with reporter.loading('hr.a', lambda: (0, 0)):
        time.sleep(0.05)
    reporter.done('hr.a', 1, 1)
    reports.refuses = False
    wait_for(lambda: states(reports.last)[0] == 'done')
    reports.refuses = True
    with pytest.raises(OSError, match='out of reach'):
        reporter.succeed()


def test_progress_that_cannot_be_had_does_not_end_it_either() -> None:
    reports = Reports()
    reporter = reporter_of(reports)
    reporter.begin(every_seconds=0.01)

    def progress() -> tuple[int, int]:
        raise RuntimeError('no such stage')

    with reporter.loading('hr.a', progress):
        time.sleep(0.05)
    reporter.done('hr.a', 1, 1)
    reporter.succeed()
    assert states(reports.last)[0] == 'done'


def test_a_table_that_fails_says_why_without_credentials_and_those_after_it_stay_waiting() -> None:
    reports = Reports()
    reporter = reporter_of(reports)
    reporter.begin()
    reporter.done('hr.a', 1, 1)
    with pytest.raises(LoadFailed, match=r'^hr\.b: user "\*\*\*" with \*\*\* is refused$'), reporter.blaming('hr.b'):
        raise LoadFailed('user "ada" with hunter2 is refused')
    reporter.fail('hr.b: user "***" with *** is refused')
    assert states(reports.last) == ['done', 'failed', 'waiting']
    assert reports.last['tables'][1]['failure'] == 'user "***" with *** is refused'
    assert reports.last['state'] == 'failed'
    assert 'failure' not in reports.last, 'the table says it'


def test_what_ends_the_job_before_any_table_is_told_too() -> None:
    reports = Reports()
    reporter = reporter_of(reports)
    reporter.begin()
    reporter.fail('The load was closed.')
    assert reports.last['failure'] == 'The load was closed.'
    assert states(reports.last) == ['waiting', 'waiting', 'waiting']
