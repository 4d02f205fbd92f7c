"""The baseline of a version: what its training pipeline scored, as it was registered."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..ledger.numbered import S3, error_code
from ..monitors.codes import MonitorError

SageMaker = Any
"""A client of boto3, which has no types."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_MOST_BYTES = 4 * 1024 * 1024
_REFUSED = ("NoSuchKey", "AccessDenied", "404", "403")


@dataclass(frozen=True)
class Baselines:
    """Where baselines are registered. `place` is what addresses of the model's evaluations start with."""

    s3: S3
    sagemaker: SageMaker
    place: str

    def fetch(self, package: str, path: Path) -> bool:
        """Write the baseline of a version to a file; False where its evaluation names none. Error: MON-034.

        The registry holds the evaluation's digest, and the evaluation that of the baseline.
        """
        registered = self.sagemaker.describe_model_package(ModelPackageName=package)
        told = cast("dict[str, str]", registered.get("CustomerMetadataProperties", {}))
        address, sha256 = told.get("evaluation", ""), told.get("evaluation-sha256", "")
        evaluation = self._object(package, address, sha256, _MOST_BYTES)
        try:
            about = cast("dict[str, Any]", json.loads(evaluation)).get("baseline")
            if about is None:
                return False
            name, beside = str(about["file"]), str(about["sha256"])
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise MonitorError("MON-034", package, f"its evaluation: {type(error).__name__}") from error
        if not _NAME.fullmatch(name):
            raise MonitorError("MON-034", package, f"its baseline has the name {name[:60]!a}")
        path.write_bytes(self._object(package, f"{address.rpartition('/')[0]}/{name}", beside, None))
        return True

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
        if hashlib.sha256(content).hexdigest() != sha256:
            raise MonitorError("MON-034", package, f"{address} has another SHA-256 than what was registered")
        return content
