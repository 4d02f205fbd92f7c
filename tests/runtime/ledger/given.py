"""A ledger for tests: S3 in memory with versions and delete markers, entries, and a key that signs."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from mlops_stages.runtime.ledger.ledger import Ledger
from mlops_stages.runtime.ledger.records import Entry

Json = dict[str, Any]

BUCKET, HEADS_BUCKET = "acme-ledger", "acme-heads"
TEAM, MODEL = "arrivals", "late-arrival"
PREFIX = f"ledger/{TEAM}/{MODEL}/"
BEGAN = datetime(2026, 11, 27, 2, 0, 0, tzinfo=UTC)
PACKAGE = f"arn:aws:sagemaker:eu-west-1:333333333333:model-package/{TEAM}-{MODEL}/7"
WHO = {
    "principal": "arn:aws:sts::333333333333:assumed-role/acme-arrivals.approve/ann@acme.example",
    "source_identity": "ann@acme.example",
}
REJECTED: Json = {"package_arn": PACKAGE, "for": "production", "reason": "AUC of 0.66 — too low", "who": WHO}


def entry(number: int = 1, **more: Any) -> Entry:  # noqa: ANN401  # any field
    """A rejection; each number is an event of its own."""
    given: Json = {"kind": "rejected", "event": f"{PACKAGE}#{number}", "at": "2026-11-27T02:00:00Z", "body": REJECTED}
    return Entry(**{**given, **more})


DIGESTS = {"model_sha256": "0" * 64, "image_digest": f"sha256:{'1' * 64}", "evaluation_sha256": "2" * 64}


def released_by_rule(**changed: Any) -> Entry:  # noqa: ANN401  # any field of the body
    """A release of a retrained version without a second approval."""
    body: Json = {
        "package_arn": PACKAGE,
        "for": "production",
        "rule": "retraining.one_approval",
        "risk": "low",
        "execution_arn": f"arn:aws:sagemaker:eu-west-1:222222222222:pipeline/{TEAM}-{MODEL}/execution/abcdef123456",
        "champion_package_arn": f"{PACKAGE[:-1]}6",
        "figure": "the log loss of version 7 is 0.015 lower (95 % of the difference: -0.03 to -0.004)",
        "judged_at": "2026-11-26T06:30:00Z",
        "approved_by": WHO,
        "approved_at": "2026-11-26T09:00:00Z",
        "digests": DIGESTS,
        "result_sha256": "3" * 64,
    }
    at = "2026-11-27T02:00:00Z"
    return Entry(kind="released-by-rule", event=f"released-by-rule/1/{PACKAGE}", at=at, body={**body, **changed})


def error(code: str) -> ClientError:
    """What boto3 raises for an answer of S3."""
    return ClientError({"Error": {"Code": code, "Message": code}}, "PutObject")


@dataclass
class Held:
    """A version or a delete marker."""

    id: str
    written: datetime
    content: bytes | None
    metadata: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def etag(self) -> str:
        """As S3 has it of an object in one part that is under no key of KMS."""
        return f'"{hashlib.md5(self.content or b"").hexdigest()}"'


@dataclass
class _Pages:
    call: Callable[..., Json]

    def paginate(self, **given: Any) -> list[Json]:  # noqa: ANN401
        """The only page."""
        return [self.call(**given)]


class _Exceptions:
    ClientError = ClientError


def nothing(_call: str, _given: Json) -> None:
    """Let a call be."""


@dataclass
class MemoryS3:
    """The calls of S3 that a ledger makes, as S3 answers them; pages of two, so that every listing has several."""

    page: int = 2
    held: dict[tuple[str, str], list[Held]] = field(default_factory=dict[tuple[str, str], list[Held]])
    calls: list[str] = field(default_factory=list[str])
    before: Callable[[str, Json], None] = nothing
    """Called with each call before it is made; what it raises is S3's answer, or the writer's death."""
    after: Callable[[str, Json], None] = nothing
    exceptions = _Exceptions
    now: datetime = BEGAN

    def put_object(self, **given: Any) -> Json:  # noqa: ANN401
        """Write; with If-None-Match only where nothing is, with If-Match only where that is."""
        self._called("put_object", given)
        body: bytes = given["Body"] if isinstance(given["Body"], bytes) else given["Body"].read()
        versions = self.held.setdefault((given["Bucket"], given["Key"]), [])
        there = versions and versions[0].content is not None
        if there and (given.get("IfNoneMatch") or given.get("IfMatch", versions[0].etag) != versions[0].etag):
            raise error("PreconditionFailed")
        if given.get("IfMatch") and not there:
            raise error("NoSuchKey")
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert given.get("ChecksumSHA256", digest) == digest
        self.now += timedelta(seconds=1)
        versions.insert(0, Held(f"v{len(self.calls)}", self.now, body, given.get("Metadata", {})))
        self.after("put_object", given)
        return {"ETag": versions[0].etag}

    def get_object(self, **given: Any) -> Json:  # noqa: ANN401
        """Read the newest version, or the one that is named."""
        self._called("get_object", given)
        for each in self.held.get((given["Bucket"], given["Key"]), []):
            if given.get("VersionId", each.id) == each.id:
                if each.content is None:
                    break
                if given.get("IfMatch", each.etag) != each.etag:
                    raise error("PreconditionFailed")
                return {"Body": io.BytesIO(each.content), "ETag": each.etag}
        raise error("NoSuchKey")

    def head_object(self, **given: Any) -> Json:  # noqa: ANN401
        """Nothing but that it is there."""
        self._called("head_object", given)
        return {}

    def list_object_versions(self, **given: Any) -> Json:  # noqa: ANN401
        """List as S3 does: keys rising, the newest version of each first, markers in a list of their own."""
        self._called("list_object_versions", given)
        after, skip = given.get("KeyMarker", ""), given.get("VersionIdMarker")
        rows: list[tuple[str, Held]] = []
        for (bucket, key), versions in sorted(self.held.items()):
            if bucket != given["Bucket"] or not key.startswith(given["Prefix"]):
                continue
            if key > after:
                rows += [(key, each) for each in versions]
            elif key == after and skip is not None:
                ids = [each.id for each in versions]
                rows += [(key, each) for each in versions[ids.index(skip) + 1 :]]
        if given.get("Delimiter"):
            start = len(given["Prefix"])
            folders = {f"{given['Prefix']}{key[start:].split('/')[0]}/" for key, _ in rows}
            return {"CommonPrefixes": [{"Prefix": name} for name in sorted(folders)]}
        most = min(given.get("MaxKeys", self.page), self.page)
        shown, more = rows[:most], rows[most:]
        listed = [{"Key": key, "VersionId": h.id, "LastModified": h.written} for key, h in shown if h.content is None]
        versions = [
            {"Key": key, "VersionId": h.id, "LastModified": h.written, "Size": len(h.content)}
            for key, h in shown
            if h.content is not None
        ]
        answer: Json = {"Versions": versions, "DeleteMarkers": listed, "IsTruncated": bool(more)}
        if more:
            answer |= {"NextKeyMarker": shown[-1][0], "NextVersionIdMarker": shown[-1][1].id}
        return answer

    def get_paginator(self, name: str) -> Any:  # noqa: ANN401
        """One page."""
        return _Pages(getattr(self, name))

    # What an attacker does

    def hide(self, key: str, bucket: str = BUCKET) -> None:
        """Set a delete marker."""
        self.held[bucket, key].insert(0, Held("marker", self.now, None))

    def lose(self, key: str, bucket: str = BUCKET) -> bytes:
        """Remove an object with all its versions; its bytes."""
        (only,) = self.held.pop((bucket, key))
        assert only.content is not None
        return only.content

    def forge(self, key: str, content: bytes, bucket: str = BUCKET) -> None:
        """Write without asking whether something is there."""
        self.put_object(Bucket=bucket, Key=key, Body=content)

    def time(self) -> str:
        """The time of whoever writes next: the next second."""
        return (self.now + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def records(self) -> list[str]:
        """The keys of the records."""
        return sorted(key for bucket, key in self.held if bucket == BUCKET and key.startswith(PREFIX))

    def _called(self, call: str, given: Json) -> None:
        self.calls.append(call)
        self.before(call, given)


def a_ledger(s3: MemoryS3, records: int = 0) -> Ledger:
    """A ledger that has that many records."""
    ledger = Ledger(s3, BUCKET, TEAM, MODEL, now=s3.time, pause=lambda _seconds: None)
    for number in range(1, records + 1):
        assert ledger.append(entry(number)).number == number
    return ledger


def key(number: int) -> str:
    """A record's key."""
    return f"{PREFIX}{number:012d}.json"
