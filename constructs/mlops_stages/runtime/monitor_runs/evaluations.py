"""What the training pipeline of a version says of it, as registered: evaluation.json, and what lies beside it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, cast

from ..ledger.numbered import S3, error_code
from ..monitors.codes import MonitorError

SageMaker = Any
"""A client of boto3, which has no types."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_MOST_BYTES = 4 * 1024 * 1024
_REFUSED = ("NoSuchKey", "AccessDenied", "404", "403")
_UNKNOWN = ("AccessDenied", "AccessDeniedException", "ResourceNotFound", "ValidationException")


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation holds, and where it lies."""

    package: str
    address: str
    about: dict[str, Any]


@dataclass(frozen=True)
class Evaluations:
    """Where evaluations are registered. `place` is what addresses of the model's evaluations start with."""

    s3: S3
    sagemaker: SageMaker
    place: str

    def of(self, package: str) -> Evaluation:
        """The evaluation of a version: the registry holds its digest, and which run registered it. Error: MON-034."""
        try:
            registered = self.sagemaker.describe_model_package(ModelPackageName=package)
        except self.sagemaker.exceptions.ClientError as error:
            if error_code(error) in _UNKNOWN:
                raise MonitorError("MON-034", package, f"the registry: {error_code(error)}") from error
            raise
        told = cast("dict[str, str]", registered.get("CustomerMetadataProperties", {}))
        address, sha256 = told.get("evaluation", ""), told.get("evaluation-sha256", "")
        run = told.get("execution", "").rpartition("/")[2]
        if address.startswith(self.place) and (not run or not address.startswith(f"{self.place}{run}/")):
            raise MonitorError("MON-034", package, f"run {run[:64]!a} registered that of another: {address[:200]!a}")
        content = self._object(package, address, sha256, _MOST_BYTES)
        try:
            about = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise MonitorError("MON-034", package, f"its evaluation: {type(error).__name__}") from error
        if not isinstance(about, dict):
            raise MonitorError("MON-034", package, "its evaluation is no object of JSON")
        return Evaluation(package, address, cast("dict[str, Any]", about))

    def beside(self, evaluation: Evaluation, what: str, name: str, sha256: str, most_bytes: int | None = None) -> bytes:
        """The bytes of a file that an evaluation names with its digest; `what` it is, for people. Error: MON-034."""
        if not _NAME.fullmatch(name):
            raise MonitorError("MON-034", evaluation.package, f"its {what} has the name {name[:60]!a}")
        folder = evaluation.address.rpartition("/")[0]
        return self._object(evaluation.package, f"{folder}/{name}", sha256, most_bytes)

    def _object(self, package: str, address: str, sha256: str, most_bytes: int | None) -> bytes:
        """The bytes at an address of the model's evaluations, if they are those that were registered."""
        if not address.startswith(self.place) or "/../" in address:
            raise MonitorError("MON-034", package, f"{address[:200]!a} is no place of its evaluations")
        bucket, _, key = address.removeprefix("s3://").partition("/")
        try:
            body = self.s3.get_object(Bucket=bucket, Key=key)["Body"]
            content: bytes = body.read() if most_bytes is None else body.read(most_bytes + 1)
        except self.s3.exceptions.ClientError as error:
            if error_code(error) in _REFUSED:
                raise MonitorError("MON-034", package, f"{address}: {error_code(error)}") from error
            raise
        if most_bytes is not None and len(content) > most_bytes:
            raise MonitorError("MON-034", package, f"{address} has more than {most_bytes} bytes")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise MonitorError("MON-034", package, f"{address} has another SHA-256 than what was registered")
        return content
