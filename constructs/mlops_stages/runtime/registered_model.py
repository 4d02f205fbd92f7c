"""Whether a version in the model registry is still what its pipeline registered: model, image, evaluation, code.

IAM protects the digests among a version's metadata, and has no key for its other fields, such as its image. So whoever
reads a version compares: this module says all that differs. Standard library only, since it runs inside AWS too.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from mlops_stages.runtime.dataset_manifest import listing_checksum

CODE, MODELS, EVALUATIONS = "code", "models", "evaluations"
"""The prefixes of a team's bucket of artifacts."""
_DIGESTS = ("code-sha256", "evaluation-sha256", "model-sha256")
_BESIDE = {"golden": "golden records", "baseline": "baseline", "challenge": "challenge"}
"""Files that an evaluation may name, with their digests: its keys, and what they are called."""
_LARGEST_EVALUATION = 16 * 1024 * 1024  # bytes
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_OWN_FIELDS = frozenset({"Image", "ImageDigest", "ModelDataUrl", "ModelDataETag", "ModelDataSource", "Environment"})
_DESCRIBING = frozenset({"ContainerHostname", "Framework", "FrameworkVersion", "ModelInput", "NearestModelName"})
"""What a container says of itself that runs nothing."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was registered: a code, where it is, what is wrong, and what to do."""

    code: str
    where: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.code} {self.where}\n  {self.message}\n  fix: {self.fix}"


class RegisteredModelError(ValueError):
    """A version is not what was registered; `differences` has everything that is not."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        super().__init__("\n".join(map(str, differences)))
        self.differences: tuple[Difference, ...] = differences


class Objects(Protocol):
    """A bucket's objects, read."""

    def read(self, bucket: str, key: str) -> Iterable[bytes]:
        """The content of an object, in pieces. Raises LookupError where there is none to read."""
        ...

    def keys(self, bucket: str, prefix: str) -> Iterable[str]:
        """The keys that start so."""
        ...


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where everything of a model has to be: its team's bucket of artifacts, its name, its image repository."""

    artifacts: str
    model: str
    images: str


@dataclass(frozen=True, kw_only=True)
class Promise:
    """The quality that the model's owner promises: `at_least` this value of the metric, or at most."""

    metric: str
    value: float
    at_least: bool


def verify(
    described: Mapping[str, Any],
    *,
    home: Home,
    objects: Objects,
    image_of_commit: str | None,
    promise: Promise | None = None,
    own_code: str | None = None,
) -> Mapping[str, Any]:
    """Return the evaluation of a version that is what was registered.

    Args:
        described: what DescribeModelPackage answers.
        home: where everything of the model has to be.
        objects: reads the bucket.
        image_of_commit: the digest of the image that the registry of images has for the version's commit, `None` where
            it has none.
        promise: the quality that counts now; `None` where nothing is promised.
        own_code: the checksum (`code_checksum`) of the commit's scripts as the reader has them; `None` where they have
            none to compare.

    Raises:
        RegisteredModelError: with every difference: REG-001 digests that are missing, REG-002 another model, REG-003
            another image, REG-004 another evaluation, REG-005 other code, REG-006 something that no digest covers,
            REG-007 parts of several runs, REG-008 a quality below the promise, REG-009 code that is not the reader's.
    """
    checked = _Version(described, home, objects)
    found = [*checked.unregistered()] or [*checked.differences(image_of_commit, promise, own_code)]
    if found:
        raise RegisteredModelError(tuple(found))
    return checked.evaluation


class _Version:
    def __init__(self, described: Mapping[str, Any], home: Home, objects: Objects) -> None:
        self._described = described
        self._home = home
        self._objects = objects
        self._where = str(described.get("ModelPackageArn", "the version"))
        self._said = _map(described.get("CustomerMetadataProperties"))
        self.evaluation: Mapping[str, Any] = {}

    def unregistered(self) -> Iterator[Difference]:
        """What it does not say of itself, so that nothing can be compared."""
        shapes = {
            **dict.fromkeys(_DIGESTS, _SHA256),
            "image-digest": re.compile(r"sha256:[0-9a-f]{64}", re.ASCII),
            "commit": _COMMIT,
            "execution": re.compile(r"arn:[^/\s]{1,200}/[^/\s]{1,256}/execution/[^/\s]{1,64}", re.ASCII),
            "evaluation": re.compile(r"s3://\S{1,1000}", re.ASCII),
        }
        wrong = [
            f"{key} {_shown(self._said.get(key))}"
            for key, shape in shapes.items()
            if shape.fullmatch(str(self._said.get(key, ""))) is None
        ]
        if wrong:
            yield Difference(
                "REG-001",
                self._where,
                f"its metadata does not say what was registered: {', '.join(wrong)}",
                "register it by the pipeline of a model repository that is up to date (mlops-stages update-model)",
            )

    def differences(
        self, image_of_commit: str | None, promise: Promise | None, own_code: str | None
    ) -> Iterator[Difference]:
        """Everything that differs from what it says."""
        yield from self._uncovered()
        containers = self._containers()
        container = containers[0] if containers else _map(None)
        yield from self._model(str(container.get("ModelDataUrl", "")))
        yield from self._image(container, image_of_commit)
        yield from self._evaluation(promise)
        yield from self._code()
        yield from self._not_own(own_code)

    def _containers(self) -> list[Mapping[str, Any]]:
        return [_map(each) for each in _list(_map(self._described.get("InferenceSpecification")).get("Containers"))]

    def _uncovered(self) -> Iterator[Difference]:
        found: list[str] = []
        containers = self._containers()
        if len(containers) != 1:
            found.append(f"{len(containers)} containers")
        for container in containers:
            found += sorted(name for name in container.keys() - _OWN_FIELDS - _DESCRIBING if container[name])
            if any(_map(container.get("Environment")).values()):
                found.append("Environment")
            source = _map(_map(container.get("ModelDataSource")).get("S3DataSource")).get("S3Uri")
            if container.get("ModelDataSource") and source != container.get("ModelDataUrl"):
                found.append("ModelDataSource")
        found += [name for name in ("AdditionalInferenceSpecifications", "SourceUri") if self._described.get(name)]
        if found:
            yield Difference(
                "REG-006",
                self._where,
                f"it has what no pipeline registers and no digest covers: {', '.join(found)}",
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )

    def _model(self, url: str) -> Iterator[Difference]:
        wanted = self._said["model-sha256"]
        message = self._differs(url, f"{MODELS}/{self._home.model}/", wanted)
        if message:
            yield Difference(
                "REG-002",
                self._where,
                f"the model {url}: {message}",
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )

    def _image(self, container: Mapping[str, Any], image_of_commit: str | None) -> Iterator[Difference]:
        wanted, image = str(self._said["image-digest"]), str(container.get("Image", ""))
        resolved = container.get("ImageDigest")
        message = ""
        if image != f"{self._home.images}@{wanted}":
            message = f"the image is {image}, registered was {self._home.images}@{wanted}"
        elif resolved not in (None, "", wanted):
            message = f"the digest of the image is {resolved}, registered was {wanted}"
        elif image_of_commit != wanted:
            message = f"the image of commit {self._said['commit']} is {image_of_commit}, registered was {wanted}"
        if message:
            yield Difference(
                "REG-003",
                self._where,
                message,
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )

    def _evaluation(self, promise: Promise | None) -> Iterator[Difference]:
        if not (yield from self._read_evaluation()):
            return
        for key in _BESIDE:
            if key in self.evaluation:
                yield from self._beside(key)
        if promise is not None:
            yield from self._below(promise)

    def _read_evaluation(self) -> Generator[Difference, None, bool]:
        """How the evaluation differs from what is registered; return whether it was read."""
        url = str(self._said["evaluation"])
        shown = _map(_map(_map(self._described.get("ModelMetrics")).get("ModelQuality")).get("Statistics")).get("S3Uri")
        run = str(self._said["execution"]).rpartition("/")[2]
        if shown != url:
            message = f"the registry shows the evaluation {shown}, registered was {url}"
            yield Difference(
                "REG-004",
                self._where,
                message,
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )
            return False
        place = self._place(url, f"{EVALUATIONS}/{self._home.model}/")
        if place is not None and place[1].split("/")[2] != run:
            message = f"run {run} registered it with an evaluation of another run: {url}"
            yield Difference(
                "REG-007", self._where, message, "don't use this version; start whole runs, without selecting steps"
            )
        content: list[bytes] = []
        message = self._differs(
            url, f"{EVALUATIONS}/{self._home.model}/", self._said["evaluation-sha256"], keep=content
        )
        if message:
            yield Difference(
                "REG-004",
                self._where,
                f"the evaluation {url}: {message}",
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )
            return False
        try:
            self.evaluation = _map(json.loads(b"".join(content)))
        except (ValueError, RecursionError):
            yield Difference(
                "REG-004",
                self._where,
                f"the evaluation {url} is not JSON",
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )
            return False
        return True

    def _beside(self, key: str) -> Iterator[Difference]:
        """How the file under a key of the evaluation differs: the evaluation's digest covers that of the file."""
        about = _map(self.evaluation[key])
        name, sha256 = str(about.get("file")), str(about.get("sha256"))
        message = "the evaluation does not give its file and SHA-256"
        if _FILE.fullmatch(name) and _SHA256.fullmatch(sha256):
            url = f"{str(self._said['evaluation']).rpartition('/')[0]}/{name}"
            prefix = f"{EVALUATIONS}/{self._home.model}/"
            message = self._differs(url, prefix, sha256)
        if message:
            part = _BESIDE[key]
            yield Difference(
                "REG-004",
                self._where,
                f"the {part} {_shown(name)}: {message}",
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )

    def _below(self, promise: Promise) -> Iterator[Difference]:
        quality = _map(self.evaluation.get("quality"))
        metric, value = quality.get("metric"), quality.get("value")
        kept = False
        if isinstance(value, int | float) and not isinstance(value, bool):
            kept = value >= promise.value if promise.at_least else value <= promise.value
        if metric != promise.metric or not kept:
            yield Difference(
                "REG-008",
                self._where,
                f"its {_shown(metric)} is {_shown(value)}; promised is {promise.metric} "
                f"{'at least' if promise.at_least else 'at most'} {promise.value}",
                "train a better model, or lower what platform.yaml promises",
            )

    def _code(self) -> Iterator[Difference]:
        prefix = f"{CODE}/{self._said['commit']}/"
        checksums: dict[str, str] = {}
        for key in self._objects.keys(self._home.artifacts, prefix):
            try:
                checksums[key.removeprefix(prefix)] = _checksum(self._objects.read(self._home.artifacts, key))
            except LookupError:
                continue
        if listing_checksum(checksums) != self._said["code-sha256"]:
            message = f"s3://{self._home.artifacts}/{prefix} is not the code that ran"
            yield Difference(
                "REG-005",
                self._where,
                message,
                "don't use this version, and ask the audit trail of the tooling account who changed it",
            )

    def _not_own(self, own_code: str | None) -> Iterator[Difference]:
        """Code that ran under a commit, and is not what the reader's repository holds in that commit."""
        wanted = self._said["code-sha256"]
        if own_code not in (None, wanted):
            yield Difference(
                "REG-009",
                self._where,
                f"the repository's code of commit {self._said['commit']} has the checksum {own_code}, "
                f"registered was {wanted}: other code ran under this commit",
                "don't use this version; ask the audit trail of the tooling account who wrote "
                f"s3://{self._home.artifacts}/{CODE}/{self._said['commit']}/, and deliver a new commit",
            )

    def _differs(self, url: str, prefix: str, wanted: str, *, keep: list[bytes] | None = None) -> str:
        """How what an S3 URI names differs from its checksum; nothing else is read than what is in its place."""
        place = self._place(url, prefix)
        if place is None:
            return f"it is not below s3://{self._home.artifacts}/{prefix}"
        try:
            found = _checksum(self._objects.read(*place), keep)
        except LookupError:
            return "it cannot be read"
        except OverflowError:
            return f"it is larger than {_LARGEST_EVALUATION} bytes"
        return "" if found == wanted else f"its SHA-256 is {found}, registered was {wanted}"

    def _place(self, url: str, prefix: str) -> tuple[str, str] | None:
        """Bucket and key of an S3 URI, if it is below a prefix of the team's bucket."""
        start = f"s3://{self._home.artifacts}/{prefix}"
        key = url.removeprefix(f"s3://{self._home.artifacts}/")
        return (self._home.artifacts, key) if url.startswith(start) and url != start else None


def code_checksum(scripts: Iterable[tuple[str, bytes]]) -> str:
    """Return the checksum that `code-sha256` gives scripts, each a name and its content."""
    return listing_checksum({name: _checksum((content,)) for name, content in scripts})


def _checksum(pieces: Iterable[bytes], keep: list[bytes] | None = None) -> str:
    """The SHA-256 of what comes in pieces; `keep` takes them. OverflowError where those are too many bytes."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        if keep is not None:
            size += len(piece)
            if size > _LARGEST_EVALUATION:
                raise OverflowError
            keep.append(piece)
    return digest.hexdigest()


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else dict[str, Any]()


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _shown(value: object) -> str:
    """A value from outside, short and without control characters."""
    return "missing" if value is None else repr(value)[:100]


class S3Objects:
    """The objects of S3, by a client of boto3."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401  # boto3 makes its types at run time
        self._client = client

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content of an object, in pieces of 1 MiB. Raises LookupError where there is none to read."""
        try:
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise LookupError(key) from error
            raise
        while piece := body.read(1024 * 1024):
            yield piece

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """The keys that start so."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (each["Key"] for each in page.get("Contents", []))


def image_of(client: Any, repository: str, registry: str, commit: str) -> str | None:  # noqa: ANN401  # as above
    """The digest of the image of a commit, by a client of ECR; None where there is no such image."""
    asked = {"registryId": registry, "repositoryName": repository, "imageIds": [{"imageTag": commit}]}
    try:
        found = client.describe_images(**asked)["imageDetails"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ImageNotFoundException":
            return None
        raise
    return str(found[0]["imageDigest"]) if found else None
