"""The newest version of a dataset, and that nothing but one of the team's is taken for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mlops_stages.runtime.retraining.codes import RetrainingError
from mlops_stages.runtime.retraining.datasets import Dataset, newest
from tests.runtime.retraining.given import AT, DATA, DATA_BUCKET, NEW, OLD, S3, manifest

ADDRESS = f"s3://{DATA_BUCKET}/manifests/flights/{'0' * 16}.json"


def of(s3: S3, address: str = ADDRESS) -> Dataset:
    return newest(s3, address, buckets=[DATA_BUCKET], team="arrivals")


def put(s3: S3, content: str, at: Any = AT, **changed: Any) -> str:  # noqa: ANN401
    key, made = manifest(content, **changed)
    s3.put(DATA_BUCKET, key, made, at)
    return f"s3://{DATA_BUCKET}/{key}"


def test_it_is_the_one_whose_manifest_was_written_last() -> None:
    s3 = S3()
    new = put(s3, NEW, AT + timedelta(seconds=1))
    put(s3, OLD)
    found = of(s3)
    assert found.manifest == new
    assert found.uri == new.replace("/manifests/", "/curated/").replace(".json", "/")
    assert len(found.manifest_sha256) == 64


def test_what_is_no_manifest_by_its_name_is_left_out() -> None:
    s3 = S3()
    new = put(s3, NEW)
    for name in ("latest.json", "0123456789abcdef.json.bak", "deeper/0123456789abcdef.json"):
        s3.put(DATA_BUCKET, f"manifests/flights/{name}", b"{}", AT + timedelta(days=1))
    assert of(s3).manifest == new


@pytest.mark.parametrize(
    "address",
    [
        f"s3://acme-arrivals-restricted-{DATA}/manifests/flights/{'0' * 16}.json",
        f"s3://{DATA_BUCKET}/landing/flights/{'0' * 16}.json",
        f"s3://{DATA_BUCKET}/manifests/../flights/{'0' * 16}.json",
        f"s3://{DATA_BUCKET}/manifests/flights/{'0' * 16}.json\n",
        "",
    ],
)
def test_only_data_that_the_model_may_read_is_looked_at(address: str) -> None:
    s3 = S3()
    put(s3, NEW)
    with pytest.raises(RetrainingError, match="RTR-003"):
        of(s3, address)
    assert s3.read == []


def test_without_a_version_there_is_none() -> None:
    with pytest.raises(RetrainingError, match=r"RTR-004 .*no version"):
        of(S3())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"team": "cards"}, "another dataset, version or team"),
        ({"dataset": "planes"}, "another dataset, version or team"),
        ({"folder": f"s3://{DATA_BUCKET}/landing/flights/"}, "which is not in s3://"),
        ({"folder": "s3://elsewhere/curated/flights/"}, "which is not in s3://"),
    ],
)
def test_a_manifest_that_names_other_things_than_its_place_is_refused(changed: dict[str, str], said: str) -> None:
    s3 = S3()
    put(s3, NEW, **changed)
    with pytest.raises(RetrainingError, match=f"RTR-004 .*{said}"):
        of(s3)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"format": "x"}'])
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    s3 = S3()
    s3.put(DATA_BUCKET, f"manifests/flights/{'a' * 16}.json", content)
    with pytest.raises(RetrainingError, match="RTR-004"):
        of(s3)


def test_a_manifest_of_a_version_that_is_not_its_contents_is_refused() -> None:
    s3 = S3()
    _, made = manifest(NEW)
    s3.put(DATA_BUCKET, f"manifests/flights/{'a' * 16}.json", made)
    with pytest.raises(RetrainingError, match="RTR-004"):
        of(s3)


def test_one_that_is_too_large_is_not_read() -> None:
    s3 = S3()
    s3.put(DATA_BUCKET, f"manifests/flights/{'a' * 16}.json", b" " * (64 * 1024 * 1024 + 1))
    with pytest.raises(RetrainingError, match=r"RTR-004 .*67,108,865 bytes"):
        of(s3)
    assert s3.read == []
