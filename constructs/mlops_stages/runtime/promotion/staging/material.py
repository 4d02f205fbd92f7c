"""What the tests are made of: the golden records of the registered evaluation, and the schema beside the model.

Both are read from the team's bucket and used only if their bytes are those that the version's digests name.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Literal, cast

from mlops_stages.runtime.registered_model import EVALUATIONS, MODELS, S3Objects

from ..aws import Aws
from ..codes import PromotionError
from ..settings import Settings, inputs_sha256

SCHEMA = "schema.json"
_MOST_BYTES = 16 * 1024 * 1024
_MOST_ROWS = 10_000
_MOST_FIELDS = 2_000
_MOST_MEMBERS = 10_000
_LONGEST = 2_000


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a row, as serving/input_schema.py of a model's repository writes it."""

    name: str
    type: Literal["category", "integer", "number"]
    missing: Literal["accept", "refuse"]
    unseen: Literal["accept", "refuse"]
    minimum: float | None
    maximum: float | None
    seen: tuple[Any, ...]


@dataclass(frozen=True)
class Golden:
    """A row, and the score that it was registered with."""

    record: dict[str, Any]
    score: float


@dataclass(frozen=True, kw_only=True)
class Material:
    """All of it; `tolerance` is how far a score may be from the registered one."""

    golden: tuple[Golden, ...]
    tolerance: float
    fields: tuple[Field, ...]


def read(described: Mapping[str, Any], settings: Settings, aws: Aws) -> Material:
    """The material of a version. Errors: PRM-056, PRM-058."""
    where = str(described.get("ModelPackageArn"))
    said = cast("dict[str, Any]", described.get("CustomerMetadataProperties") or {})
    objects = S3Objects(aws.client("s3"))
    try:
        url = _key(str(said.get("evaluation")), settings, EVALUATIONS)
        evaluation = json.loads(_whole(objects.read(settings.artifacts, url), str(said.get("evaluation-sha256"))))
        about = evaluation["golden"]
        beside = f"{url.rpartition('/')[0]}/{about['file']}"
        golden = _golden(_whole(objects.read(settings.artifacts, beside), str(about["sha256"])))
        container = described["InferenceSpecification"]["Containers"][0]
        model = _key(str(container["ModelDataUrl"]), settings, MODELS)
        fields = _schema(_Hashed(objects.read(settings.artifacts, model)), str(said.get("model-sha256")))
        tolerance = float(about["tolerance"])
    except (ValueError, TypeError, LookupError, RecursionError, EOFError, tarfile.TarError, OSError) as error:
        message = f"golden records or schema: {type(error).__name__}: {error}"
        raise PromotionError("PRM-056", where, message[:300]) from error
    if not golden or not 0 <= tolerance < 1:
        raise PromotionError("PRM-056", where, "its evaluation names no golden records, or no tolerance below 1")
    if settings.inputs_sha256 not in (None, inputs_sha256((each.name, each.type) for each in fields)):
        listed = ", ".join(f"{each.name} ({each.type})" for each in fields)
        raise PromotionError("PRM-058", where, f"it takes {listed}"[:_LONGEST])
    return Material(golden=golden, tolerance=tolerance, fields=fields)


def _key(url: str, settings: Settings, prefix: str) -> str:
    start = f"s3://{settings.artifacts}/{prefix}/{settings.model}/"
    if not url.startswith(start) or ".." in url:
        message = f"it is not below {start}"
        raise ValueError(message)
    return url.removeprefix(f"s3://{settings.artifacts}/")


def _whole(pieces: Iterable[bytes], sha256: str) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > _MOST_BYTES:
            message = f"it is larger than {_MOST_BYTES} bytes"
            raise ValueError(message)
    if hashlib.sha256(content).hexdigest() != sha256:
        message = "its SHA-256 is not the registered one"
        raise ValueError(message)
    return bytes(content)


def _golden(content: bytes) -> tuple[Golden, ...]:
    rows = [json.loads(line) for line in content.decode().splitlines() if line.strip()]
    if len(rows) > _MOST_ROWS:
        message = f"there are more than {_MOST_ROWS} golden records"
        raise ValueError(message)
    return tuple(Golden(dict(row["record"]), float(row["score"])) for row in rows)


class _Hashed:
    """A file that is read once, from the front, and hashed as it is read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._rest = b""
        self._sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._sha256.update(piece)
            self._rest += piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given

    def hexdigest(self) -> str:
        """The SHA-256 of all of it; what nobody read yet is read."""
        for piece in self._pieces:
            self._sha256.update(piece)
        return self._sha256.hexdigest()


def _schema(archive: _Hashed, sha256: str) -> tuple[Field, ...]:
    content = b""
    # Read as a stream: nothing is unpacked, and no member's name leads anywhere.
    with tarfile.open(fileobj=cast("IO[bytes]", archive), mode="r|gz") as packed:
        for number, member in enumerate(packed):
            if number > _MOST_MEMBERS:
                break
            if member.name.removeprefix("./") == SCHEMA and member.isreg() and member.size <= _MOST_BYTES:
                opened = packed.extractfile(member)
                content = b"" if opened is None else opened.read()
                break
    if archive.hexdigest() != sha256:
        message = "the model's SHA-256 is not the registered one"
        raise ValueError(message)
    document = json.loads(content)
    if document["version"] != 1 or not 0 < len(document["fields"]) <= _MOST_FIELDS:
        message = f"{SCHEMA} is of version {document['version']!r}, or has no fields"
        raise ValueError(message)
    return tuple(_field(each) for each in document["fields"])


def _field(given: dict[str, Any]) -> Field:
    kind, seen = given["type"], tuple(given["seen"])
    if kind not in ("category", "integer", "number") or not isinstance(given["name"], str) or not seen:
        message = f"{given['name']!r} is no field"
        raise ValueError(message)
    return Field(
        name=given["name"],
        type=kind,
        missing=given.get("missing", "refuse"),
        unseen=given.get("unseen", "refuse"),
        minimum=_bound(given.get("minimum")),
        maximum=_bound(given.get("maximum")),
        seen=seen,
    )


def _bound(value: object) -> float | None:
    return None if value is None else float(cast("float", value))
