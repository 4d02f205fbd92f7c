"""Clients of boto3 as functions make them."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import Any

import pytest

from mlops_stages.runtime.ledger.numbered import client, moment

_LISTED = b"""<?xml version="1.0"?><ListBucketResult><Contents><Key>a</Key><ETag>"e"</ETag><Size>1</Size>
<LastModified>2026-11-27T09:30:00.000Z</LastModified></Contents><IsTruncated>false</IsTruncated></ListBucketResult>"""


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-27T09:30:00.000Z",
        "2026-11-27T09:30:00Z",
        "2026-02-30T09:30:00",
        "2026-11-27T09:30:00+01:00",
        "Fri, 27 Nov 2026 09:30:00 GMT",
        "1795771800",
        1795771800,
        1795771800.5,
    ],
)
def test_a_time_is_what_botocore_reads(told: object) -> None:
    utils: Any = importlib.import_module("botocore.utils")
    try:
        expected = utils.parse_timestamp(told)
    except ValueError:
        with pytest.raises(ValueError, match="Invalid timestamp"):
            moment(told)
    else:
        assert moment(told) == expected


def test_a_client_reads_listings(monkeypatch: pytest.MonkeyPatch) -> None:
    awsrequest: Any = importlib.import_module("botocore.awsrequest")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    class Raw:
        def stream(self, **_: object) -> list[bytes]:
            return [_LISTED]

    def answered(request: Any, **_: object) -> Any:  # noqa: ANN401  # botocore has no types
        return awsrequest.AWSResponse(request.url, 200, {}, Raw())

    s3 = client("s3", {"connect_timeout": 1})
    s3.meta.events.register("before-send", answered)
    (found,) = s3.list_objects_v2(Bucket="bucket")["Contents"]
    assert (found["Key"], found["LastModified"]) == ("a", datetime(2026, 11, 27, 9, 30, tzinfo=UTC))
