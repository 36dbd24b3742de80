"""Texts in S3."""

from __future__ import annotations

from typing import Any

from il_failure import LoadFailed


def read_text(s3: Any, address: str) -> str:
    """The text of the object at `s3://bucket/key`."""
    text: str = s3.get_object(**_place(address))['Body'].read().decode()
    return text


def write_json(s3: Any, address: str, text: str) -> None:
    """Puts a JSON text there, over what was there."""
    s3.put_object(**_place(address), Body=text.encode(), ContentType='application/json')


def _place(address: str) -> dict[str, str]:
    scheme, _, rest = address.partition('://')
    bucket, _, key = rest.partition('/')
    if scheme != 's3' or not bucket or not key:
        raise LoadFailed(f'{address} is no address of an object: s3://<bucket>/<key>.')
    return {'Bucket': bucket, 'Key': key}
