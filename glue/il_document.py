"""The job's document and its report: src/load/glue/job/job-document.ts says what each field means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from il_failure import LoadFailed
from il_objects import read_text

if TYPE_CHECKING:
    from typing import NotRequired


class JobConnection(TypedDict):
    """Where a database is, by the name of a secret."""

    secret: str
    host: NotRequired[str]
    port: NotRequired[int]
    dbname: NotRequired[str]
    defaultPort: int
    scheme: str
    driver: str
    properties: dict[str, str]


class JobSnapshot(TypedDict):
    """How one view of the source is opened and joined."""

    begin: list[str]
    export: str
    join: str


class JobSource(JobConnection):
    """Where rows come from."""

    snapshot: NotRequired[JobSnapshot]


class JobTarget(JobConnection):
    """Where rows go to, with how the job becomes and stays the only writer."""

    endEarlier: list[str]
    take: str
    hold: str


class JobColumn(TypedDict):
    """A column of the target, and of the staging table."""

    name: str
    target: str
    stage: str


class ReadColumn(TypedDict):
    """A column of the source: the query's column with its text, and Spark SQL that makes its value of others."""

    name: str
    text: str
    typed: NotRequired[str]


class JobRead(TypedDict):
    """What is read of a table."""

    query: str
    partitions: list[str]
    columns: list[ReadColumn]


class JobDeduplicate(TypedDict):
    """Columns of which each combination is kept once, and in which order the first row is the one that is kept."""

    key: list[str]
    keep: NotRequired[str]


class JobOutput(TypedDict, total=False):
    """One output column: `name`, and one of `copy`, `cast` with `to`, `mask`, `derive`."""

    name: str
    copy: str
    cast: str
    to: str
    mask: str
    derive: str


class JobTransform(TypedDict):
    """What happens to the rows of a table."""

    filter: NotRequired[str]
    deduplicate: NotRequired[JobDeduplicate]
    output: list[JobOutput]


class JobStaging(TypedDict):
    """How a table goes through its staging table into the target."""

    stage: str
    createStage: str
    dropStage: str
    columns: list[JobColumn]
    publishInto: str
    publishOverriding: str
    publishFrom: str
    isPublished: str
    record: str


class JobRows(TypedDict):
    """Where a table's rows are left as lines of JSON, and of which columns of the source their keys are."""

    folder: str
    key: NotRequired[list[str]]


class JobTable(TypedDict):
    """A table to load."""

    table: str
    read: JobRead
    transform: JobTransform
    database: NotRequired[JobStaging]
    files: NotRequired[str]
    rows: NotRequired[JobRows]


class JobDocument(TypedDict):
    """Everything that the job is told."""

    version: Literal[1]
    loadId: str
    attempt: int
    start: str
    report: str
    source: JobSource
    target: NotRequired[JobTarget]
    script: NotRequired[str]
    tables: list[JobTable]


def read_document(s3: Any, address: str, start: str) -> JobDocument:
    """The document at an address, which must be of this start of the job."""
    document = json.loads(read_text(s3, address))
    if document.get('version') != 1:
        raise LoadFailed(f'{address} has version {document.get("version")!r}, and this script knows only 1.')
    if document['start'] != start:
        raise LoadFailed(f'{address} is of the start {document["start"]}, and this run is of {start}.')
    return cast('JobDocument', document)
