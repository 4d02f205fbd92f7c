"""Runs a transform job: its model's container, its files one after another, its answers to S3."""

from __future__ import annotations

import datetime
import json
import logging
import tempfile
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from mlops_stages.files import private_folder
from mlops_stages.local.containers import MIB, trees
from mlops_stages.local.json_values import document, mapping
from mlops_stages.local.server.api.records import Record, Scope
from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.sagemaker.hosting.container_log import ContainerLog
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError, InvocationError
from mlops_stages.local.server.sagemaker.hosting.model_server import Bounds, ModelServer, Sent
from mlops_stages.local.server.sagemaker.hosting.models import Content
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole
from mlops_stages.local.server.sagemaker.jobs import workplace
from mlops_stages.local.server.sagemaker.jobs.storage import Storage, split
from mlops_stages.local.server.sagemaker.jobs.work import Download, StepError, Upload
from mlops_stages.local.server.sagemaker.transforms import payloads
from mlops_stages.local.server.sagemaker.transforms.payloads import Strategy

_STARTUP_S = 240.0
_INVOCATION_S = 600.0
_RETRIES = 3
_PAYLOAD_MB, _LARGEST_MB = 6, 100
_LONGEST_REASON = 1024
_STRATEGIES: dict[str, Strategy] = {"MULTI_RECORD": "MultiRecord", "SINGLE_RECORD": "SingleRecord"}
_UNEXPECTED = "InternalServerError: We encountered an internal error."
_log = logging.getLogger(__name__)

Status = Literal["Completed", "Failed", "Stopped"]
OnEnd = Callable[[Status, str], None]


class TransformRun:
    """One transform job that runs; it can be stopped from another thread."""

    def __init__(self, scope: Scope, job: Record, model: Record, content: Content, on_end: OnEnd) -> None:
        self._scope = scope
        self._job = job
        self._model = model
        self._content = content
        self._on_end = on_end
        self._stopping = threading.Event()
        self._role = ServingRole(str(model["ExecutionRoleArn"]), scope, str(job["TransformJobArn"]))
        self._server: ModelServer | None = None

    def stop(self) -> None:
        """Ask the job to end; it will be Stopped."""
        self._stopping.set()

    def run(self) -> None:
        """Do all of it, and tell how it ended."""
        status: Status = "Failed"
        reason = ""
        try:
            self._transform()
            status = "Stopped" if self._stopping.is_set() else "Completed"
        except (StepError, HostingError) as error:
            reason = str(error)[:_LONGEST_REASON]
        except Exception:
            _log.exception("transform job %s", self._job["TransformJobName"])
            reason = _UNEXPECTED
        self._on_end(status, reason)

    def _transform(self) -> None:
        home = Path(tempfile.mkdtemp(dir=private_folder(workplace.state() / "transforms"))).resolve()
        log = ContainerLog(
            self._role, "/aws/sagemaker/TransformJobs", f"{self._job['TransformJobName']}/i-{uuid.uuid4().hex[:17]}"
        )
        try:
            given = self._downloaded(home)
            server = ModelServer(
                self._with_variables(),
                self._role,
                log,
                isolated=bool(self._model.get("EnableNetworkIsolation")),
                variant="transform",
                seconds=_STARTUP_S,
                bounds=Bounds(largest=_LARGEST_MB * MIB, seconds=self._timeout()),
            )
            try:
                server.start()
                refused = self._score(server, home, given)
            finally:
                server.stop()
            if not self._stopping.is_set():
                self._upload(home, [name for name in given if name not in refused])
            if refused:
                raise StepError(next(iter(refused.values())))
        finally:
            log.close()
            trees.remove(home)

    def _downloaded(self, home: Path) -> list[str]:
        """Fetch the input; return the names of its files, in order."""
        source = self._job["TransformInput"]["DataSource"]["S3DataSource"]
        wanted = Download(
            uri=source["S3Uri"],
            path="in",
            what="the transform input",
            is_manifest=source["S3DataType"] == "ManifestFile",
        )
        Storage(self._role.credentials()).download(wanted, home / "in")
        return sorted(entry.path for entry in trees.walk(home, "in") if entry.is_file)

    def _with_variables(self) -> Content:
        """Return the container with the variables that tell it that it is a batch transform's."""
        said = {
            "SAGEMAKER_BATCH": "true",
            **{
                name: str(self._job[member])
                for name, member in (
                    ("SAGEMAKER_BATCH_STRATEGY", "BatchStrategy"),
                    ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "MaxPayloadInMB"),
                    ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "MaxConcurrentTransforms"),
                )
                if self._job.get(member)
            },
        }
        own = mapping(self._job.get("Environment"))
        return replace(self._content, environment={**self._content.environment, **said, **own})

    def _timeout(self) -> float:
        asked = mapping(self._job.get("ModelClientConfig")).get("InvocationsTimeoutInSeconds")
        return float(asked or _INVOCATION_S)

    def _score(self, server: ModelServer, home: Path, names: list[str]) -> dict[str, str]:
        """Score each file into one of the same name with `.out` behind it; return which were refused, and why.

        A file that is refused has no answers, and those after it are scored, as on AWS.
        https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
        """
        refused: dict[str, str] = {}
        asked = document(server.told("/execution-parameters") or b"{}")
        most = int(self._job.get("MaxPayloadInMB") or _of(asked, "MaxPayloadInMB") or _PAYLOAD_MB)
        if not 0 < most <= _LARGEST_MB:
            raise StepError(f"ClientError: MaxPayloadInMB must be between 1 and {_LARGEST_MB}, not {most}")
        said = str(self._job.get("BatchStrategy") or _STRATEGIES.get(str(asked.get("BatchStrategy")), "MultiRecord"))
        strategy = cast("Strategy", said)
        by_line = self._job["TransformInput"].get("SplitType") == "Line"
        for name in names:
            target = home / "out" / f"{name}.out"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with (home / "in" / name).open("rb") as given, target.open("xb") as made:
                    for body in payloads.requests(given, name, by_line=by_line, strategy=strategy, most=most * MIB):
                        if self._stopping.is_set():
                            return refused
                        made.write(self._answered(server, name, body))
            except StepError as error:
                refused[name] = str(error)
                target.unlink()
        return refused

    def _answered(self, server: ModelServer, name: str, body: bytes) -> bytes:
        given, made = self._job["TransformInput"], self._job["TransformOutput"]
        headers = {
            "Content-Type": str(given.get("ContentType") or "application/octet-stream"),
            **({"Accept": str(made["Accept"])} if made.get("Accept") else {}),
        }
        retries = mapping(self._job.get("ModelClientConfig")).get("InvocationsMaxRetries")
        said = ""
        for _ in range(1 + (_RETRIES if retries is None else int(retries))):
            try:
                answered = server.invoke(Sent(body=body, headers=headers))
            except InvocationError as error:
                said = error.message
                continue
            if answered.status == 200:
                content = payloads.assembled(answered.body, by_line=made.get("AssembleWith") == "Line")
                if mapping(self._job.get("DataCaptureConfig")).get("GenerateInferenceId"):
                    content = payloads.with_ids(content, answered.content_type, self._began())
                return content
            said = f"status {answered.status}: {answered.body[:500].decode('utf-8', 'replace')}"
            if answered.status < 500:  # what is wrong with the request stays wrong
                break
        raise StepError(f"AlgorithmError: {name}: {said}")

    def _began(self) -> str:
        return datetime.datetime.fromtimestamp(self._job["TransformStartTime"], datetime.UTC).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        )

    def _upload(self, home: Path, names: list[str]) -> None:
        made = self._job["TransformOutput"]
        storage = Storage(self._role.credentials(), made.get("KmsKeyId"))
        if names:
            storage.upload(Upload(path="out", uri=made["S3OutputPath"]), home)
        capture = mapping(self._job.get("DataCaptureConfig"))
        if not capture:
            return
        source = str(self._job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
        outputs = [f"{name}.out" for name in names]
        for kind, prefix, each in (("input", source, names), ("output", str(made["S3OutputPath"]), outputs)):
            self._manifest(capture, kind, prefix, each)

    def _manifest(self, capture: Record, kind: str, prefix: str, names: list[str]) -> None:
        """Write which objects the job read, or wrote, where data capture keeps it."""
        hour = datetime.datetime.fromtimestamp(CLOCK.now(), datetime.UTC).strftime("%Y/%m/%d/%H")
        bucket, key = split(f"{str(capture['DestinationS3Uri']).rstrip('/')}/{kind}/{hour}/{uuid.uuid4()}.json")
        content = json.dumps([{"prefix": f"{prefix.rstrip('/')}/"}, *names])
        encryption = capture.get("KmsKeyId")
        more: Record = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption} if encryption else {}
        try:
            self._role.client("s3").put_object(Bucket=bucket, Key=key, Body=content.encode(), **more)
        except Exception as error:
            raise StepError(f"ClientError: data capture to {capture['DestinationS3Uri']} failed: {error}") from error


def _of(asked: Record, name: str) -> int:
    value: Any = asked.get(name)
    return value if isinstance(value, int) else 0
