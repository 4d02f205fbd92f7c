"""A path of a request is a name: it leads to no file, and to no program behind the server."""

from __future__ import annotations

import secrets

import pytest

from tests.local.clients import LocalAws
from tests.local.signed_requests import send, signed

FILE = b"root:x:0:0"


@pytest.fixture
def bucket(local_aws: LocalAws, account: str) -> str:
    name = f"bucket-{secrets.token_hex(6)}"
    location = {"LocationConstraint": "eu-west-1"}
    local_aws.client("s3", account).create_bucket(Bucket=name, CreateBucketConfiguration=location)
    return name


@pytest.mark.parametrize(
    "path",
    [
        "/BUCKET/../../../../etc/passwd",
        "/BUCKET/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/BUCKET/..%2f..%2f..%2fetc%2fpasswd",
        "/BUCKET//etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/BUCKET/%00/etc/passwd",
    ],
)
def test_no_path_leads_to_a_file_of_the_machine(local_aws: LocalAws, account: str, bucket: str, path: str) -> None:
    path = path.replace("BUCKET", bucket)
    status, _, body = send(local_aws, "GET", path, b"", **signed(local_aws, local_aws.root(account), "s3", "GET", path))
    assert 400 <= status < 500, body[:200]
    assert FILE not in body


def test_a_key_that_climbs_is_a_key_like_any_other(local_aws: LocalAws, account: str, bucket: str) -> None:
    s3 = local_aws.client("s3", account)
    for key in ("../../../etc/passwd", "a/../../b", "/etc/passwd"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()


@pytest.mark.parametrize("path", ["/moto-api/", "/moto-api/data.json", "/moto-api/reset", "/moto-api/config"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_motos_own_interface_is_not_there(local_aws: LocalAws, account: str, method: str, path: str) -> None:
    root = local_aws.root(account)
    status, _, body = send(local_aws, method, path, b"", **signed(local_aws, root, "s3", method, path))
    assert 400 <= status < 500, body[:200]
