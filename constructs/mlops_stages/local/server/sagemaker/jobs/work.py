"""What a job is to do, in one form for processing and training: read, run a command, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


class StepError(Exception):
    """Why a job or a step fails, worded as its FailureReason."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """Objects of S3 that a job finds under a path below /opt/ml; `what` names the input in error messages."""

    uri: str
    path: str
    what: str
    is_manifest: bool = False


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A path below /opt/ml that goes to S3 when the command has ended: file by file, or as one archive."""

    path: str
    uri: str
    archive: bool = False
    when: frozenset[Literal["Completed", "Stopped", "Failed"]] = frozenset({"Completed"})


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that is read from what the command prints; the expression's first group holds the number."""

    name: str
    expression: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """A job as the runner takes it. `files` are written below /opt/ml before the command runs."""

    kind: Literal["ProcessingJob", "TrainingJob"]
    name: str
    arn: str
    role_arn: str
    account: str
    region: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    isolated: bool
    seconds: int
    downloads: tuple[Download, ...]
    uploads: tuple[Upload, ...]
    key: str | None
    disk: int  # bytes of its volume
    message_file: str  # below /opt/ml: what the command says on its way out
    directories: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    metrics: tuple[Metric, ...] = ()

    @property
    def log_group(self) -> str:
        """The CloudWatch log group of the job's kind."""
        return f"/aws/sagemaker/{self.kind}s"
