"""Dataset manifests: which bytes a dataset version is made of, and of what it was made.

Standard library only: this very file runs in jobs inside AWS, and every model repository holds a copy of it.
A version is named for its content (the first 16 hex digits of a SHA-256 over names and checksums), so that the same
bytes are the same version, whoever makes them and wherever they are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

FORMAT = "mlops-stages/dataset-manifest/1"

_LARGEST = 64 * 1024 * 1024  # bytes of a manifest: some 200,000 objects
_VERSION_DIGITS = 16
_SHOWN = 10
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TEXTS = ("dataset", "version", "team", "classification", "commit", "created_by")
_FIELDS = {"format", *_TEXTS, "sources", "objects"}


class DatasetManifestError(ValueError):
    """A dataset and its manifest do not agree, or the manifest is none: what, where, and what to do."""

    def __init__(self, code: str, where: str, message: str, fix: str) -> None:
        super().__init__(code, where, message, fix)
        self.code: str = code
        self.where: str = where
        self.message: str = message
        self.fix: str = fix

    def __str__(self) -> str:
        return f"{self.code} {self.where}\n  {self.message}\n  fix: {self.fix}"


@dataclass(frozen=True)
class DataObject:
    """A file: its name inside the dataset, where it is, and what its bytes must be.

    `version_id` is the version of the object in S3; None where there are no versions, as in a local folder.
    """

    key: str
    uri: str
    version_id: str | None
    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class DatasetManifest:
    """A dataset version: its objects, the commit and job that made them, and the sources they were made of."""

    dataset: str
    version: str
    team: str
    classification: str
    commit: str
    created_by: str
    sources: tuple[DataObject, ...]
    objects: tuple[DataObject, ...]

    def to_json(self) -> str:
        """The manifest's text: the same bytes for the same manifest."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=2, sort_keys=True) + "\n"

    @property
    def sha256(self) -> str:
        """The checksum of the manifest itself, by which a training run names it."""
        return checksum(self.to_json().encode())


def checksum(content: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def file_checksum(path: Path) -> str:
    """The SHA-256 of a file, in hex, read piece by piece."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def listing_checksum(checksums: Mapping[str, str]) -> str:
    """The SHA-256 of a set of files, in hex: of their names with their checksums."""
    return checksum(json.dumps(sorted(checksums.items()), separators=(",", ":")).encode())


def folder_checksum(folder: Path) -> str:
    """The SHA-256 of every file of a folder, in hex: names and bytes, whatever they are called."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return listing_checksum({path.relative_to(folder).as_posix(): file_checksum(path) for path in files})


def version_of(checksums: Mapping[str, str]) -> str:
    """The name of the version that consists of these files: their checksums by name."""
    return listing_checksum(checksums)[:_VERSION_DIGITS]


def make(
    *,
    dataset: str,
    team: str,
    classification: str,
    commit: str,
    created_by: str,
    sources: Iterable[DataObject],
    objects: Iterable[DataObject],
) -> DatasetManifest:
    """Return the manifest of a dataset version.

    Errors: DAT-002 what does not fit, DAT-003 a name that leads out of the dataset or comes twice, DAT-007 no object.
    """
    listed = tuple(sorted(objects, key=lambda each: each.key))
    manifest = DatasetManifest(
        dataset=dataset,
        version=version_of({each.key: each.sha256 for each in listed}),
        team=team,
        classification=classification,
        commit=commit,
        created_by=created_by,
        sources=tuple(sorted(sources, key=lambda each: (each.uri, each.key))),
        objects=listed,
    )
    return loads(manifest.to_json(), f"the manifest of {dataset}")


def load(path: Path, *, sha256: str | None = None) -> DatasetManifest:
    """Return the manifest in a file; with `sha256`, only if the file's bytes have that checksum.

    Errors: DAT-001 it cannot be read, DAT-005 other bytes than expected, and those of `loads`.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DatasetManifestError(
                "DAT-001", str(path), f"it is larger than {_LARGEST} bytes", "put fewer and larger files into a version"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DatasetManifestError(
            "DAT-001", str(path), f"it cannot be read: {error.strerror}", "name the manifest of a dataset version"
        ) from error
    if sha256 is not None and checksum(content) != sha256:
        raise DatasetManifestError(
            "DAT-005",
            str(path),
            f"its SHA-256 is {checksum(content)}, expected {sha256}",
            "name the manifest and the checksum that the job that made the dataset printed",
        )
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise DatasetManifestError(
            "DAT-001", str(path), "it is not UTF-8 text", "name the manifest of a dataset version"
        ) from error
    return loads(text, str(path))


def loads(text: str, where: str = "the manifest") -> DatasetManifest:
    """Return the manifest that a text is.

    Errors: DAT-001 not JSON, DAT-002 a field that does not fit, DAT-003 a name that leads out of the dataset or comes
    twice, DAT-004 a version that is not its content's, DAT-007 no object.
    """
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DatasetManifestError(
            "DAT-001", where, f"it is not JSON: {error}", "name the manifest of a dataset version"
        ) from error
    faults = list(_faults(document))
    if faults:
        raise DatasetManifestError("DAT-002", where, _shown(faults), "make the manifest with the job, never by hand")
    sources, objects = (tuple(DataObject(**each) for each in document[name]) for name in ("sources", "objects"))
    manifest = DatasetManifest(**{name: document[name] for name in _TEXTS}, sources=sources, objects=objects)
    _refuse_names(manifest, where)
    version = version_of({each.key: each.sha256 for each in objects})
    if manifest.version != version:
        raise DatasetManifestError(
            "DAT-004",
            where,
            f"it says version {manifest.version}, its objects are version {version}",
            "make the manifest with the job, never by hand",
        )
    return manifest


def verify(manifest: DatasetManifest, folder: Path) -> None:
    """Compare the files of a folder, bytes and names, with a manifest; all differences in one error.

    Errors: DAT-006 the dataset's bytes differ from its manifest, or a file is missing or more than it names.
    """
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    faults = [f"{name} is not in the manifest" for name in sorted(present - {each.key for each in manifest.objects})]
    for each in manifest.objects:
        path = folder / each.key
        if each.key not in present:
            faults.append(f"{each.key} is missing")
        elif path.stat().st_size != each.bytes:
            faults.append(f"{each.key} has {path.stat().st_size} bytes, not {each.bytes}")
        elif file_checksum(path) != each.sha256:
            faults.append(f"{each.key} has other bytes than the manifest says")
    if faults:
        raise DatasetManifestError(
            "DAT-006",
            f"{manifest.dataset} {manifest.version}",
            f"the dataset's bytes differ from the manifest: {_shown(faults)}",
            "read the version ids that the manifest names; nothing may be written over a dataset version",
        )


def _refuse_names(manifest: DatasetManifest, where: str) -> None:
    if not manifest.objects:
        raise DatasetManifestError("DAT-007", where, "the dataset has no object", "check what the job was given")
    keys = [each.key for each in manifest.objects]
    wrong = sorted(
        {
            key
            for key in keys
            if PurePosixPath(key).is_absolute()
            or PurePosixPath(key).as_posix() != key
            or ".." in PurePosixPath(key).parts
            or not key.isprintable()
            or "\\" in key
            or key in {"", "."}
        }
    )
    twice = sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
    if wrong or twice:
        faults = [f"{key!r} is no plain name inside the dataset" for key in wrong]
        faults += [f"{key!r} comes twice" for key in twice]
        raise DatasetManifestError("DAT-003", where, _shown(faults), "give each file one relative name")


def _faults(document: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(document, dict):
        yield "it is not a JSON object"
        return
    fields: dict[str, Any] = document  # pyright: ignore[reportUnknownVariableType] - of JSON, keys are texts
    yield from (f"{name} is missing" for name in sorted(_FIELDS - fields.keys()))
    yield from (f"{name} is unknown" for name in sorted(fields.keys() - _FIELDS))
    if fields.get("format", FORMAT) != FORMAT:
        yield f"format is {fields['format']!r}, not {FORMAT!r}"
    for name in _TEXTS:
        value = fields.get(name, "-")
        if not isinstance(value, str) or not value:
            yield f"{name} is no text"
    for name in ("dataset", "team", "classification"):
        value = fields.get(name)
        if isinstance(value, str) and value and not _NAME.fullmatch(value):
            yield f"{name} is not a name: {value!r}"
    for name in ("sources", "objects"):
        values = fields.get(name, [])
        if not isinstance(values, list):
            yield f"{name} is no list"
            continue
        each: Any
        for index, each in enumerate(values):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - of JSON
            yield from (f"{name}[{index}] {fault}" for fault in _object_faults(each))


def _object_faults(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    names = {field.name for field in dataclasses.fields(DataObject)}
    if not isinstance(value, dict) or value.keys() != names:  # pyright: ignore[reportUnknownMemberType] - of JSON
        yield f"has not exactly {', '.join(sorted(names))}"
        return
    fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - of JSON, keys are texts
    if not all(isinstance(fields[name], str) for name in ("key", "uri", "sha256")):
        yield "has a key, uri or sha256 that is no text"
    elif not _SHA256.fullmatch(fields["sha256"]):
        yield "has a sha256 that is not 64 hex digits"
    if not (fields["version_id"] is None or (isinstance(fields["version_id"], str) and fields["version_id"])):
        yield "has a version_id that is neither text nor null"
    if not isinstance(fields["bytes"], int) or isinstance(fields["bytes"], bool) or fields["bytes"] < 0:
        yield "has bytes that are no count"


def _shown(faults: list[str]) -> str:
    more = len(faults) - _SHOWN
    return "; ".join(faults[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
