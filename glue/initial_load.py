"""
The Spark job of initial-load's strategy glue: reads tables by JDBC, transforms them, and writes them.

What it does is said by a document in the load store, src/load/glue/job/job-document.ts; what it did, by its report.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser

import boto3

from il_document import read_document
from il_failure import LoadFailed, Scrubber, explain
from il_job import run
from il_objects import write_json
from il_report import Reporter
from il_session import start_session


def main(arguments: list[str]) -> None:
    """Runs one load. Its failure is the cause, without a stack and without a credential."""
    parser = ArgumentParser(description='Runs one load as its document says.', allow_abbrev=False)
    parser.add_argument('--job_document', required=True, help='s3://… of the document')
    parser.add_argument('--start', required=True, help='of which start of the job it must be')
    # Glue passes arguments of its own.
    given, _ = parser.parse_known_args(arguments)

    s3, secrets, scrub = boto3.client('s3'), boto3.client('secretsmanager'), Scrubber()
    document = read_document(s3, given.job_document, given.start)
    reporter = Reporter(
        lambda text: write_json(s3, document['report'], text),
        given.start,
        [table['table'] for table in document['tables']],
        scrub,
    )
    reporter.begin()
    try:
        run(start_session(), document, (s3, secrets), reporter, scrub)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        message = scrub(explain(error))
        _tell(reporter, message)
        raise LoadFailed(message) from None
    reporter.succeed()


def _tell(reporter: Reporter, message: str) -> None:
    """The cause is what Glue shows, also if the report can't be written any more."""
    try:
        reporter.fail(message)
    except Exception as error:  # noqa: BLE001
        print(f'The report could not be written: {explain(error)}', flush=True)


if __name__ == '__main__':
    main(sys.argv[1:])
