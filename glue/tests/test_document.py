from __future__ import annotations

import json

import pytest
from conftest import FakeAws

from il_document import read_document
from il_failure import LoadFailed


def test_a_document_of_this_start_is_read(aws: FakeAws) -> None:
    aws.objects['s3://store/loads/l-1/job.json'] = json.dumps({'version': 1, 'start': 's1', 'tables': []})
    assert read_document(aws, 's3://store/loads/l-1/job.json', 's1')['tables'] == []


def test_a_document_of_another_version_or_start_is_refused(aws: FakeAws) -> None:
    aws.objects['s3://store/job.json'] = json.dumps({'version': 2, 'start': 's1'})
    with pytest.raises(LoadFailed, match='has version 2, and this script knows only 1'):
        read_document(aws, 's3://store/job.json', 's1')
    aws.objects['s3://store/job.json'] = json.dumps({'version': 1, 'start': 's2'})
    with pytest.raises(LoadFailed, match='is of the start s2, and this run is of s1'):
        read_document(aws, 's3://store/job.json', 's1')


@pytest.mark.parametrize(
    'address', ['store/job.json', 'https://store/job.json', 's3://store', 's3://store/', 's3:///x']
)
def test_what_is_no_address_of_an_object_is_refused(aws: FakeAws, address: str) -> None:
    with pytest.raises(LoadFailed, match='is no address of an object'):
        read_document(aws, address, 's1')
