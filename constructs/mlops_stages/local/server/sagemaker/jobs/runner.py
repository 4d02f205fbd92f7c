"""Runs a job from its inputs to its outputs, in a thread of its own, and tells how it goes."""

from __future__ import annotations

import contextlib
import functools
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mlops_stages import expressions
from mlops_stages.expressions import Expression, ExpressionError
from mlops_stages.files import private_folder
from mlops_stages.local import containers, images
from mlops_stages.local.containers import StepProcess, trees
from mlops_stages.local.server.sagemaker.jobs import workplace
from mlops_stages.local.server.sagemaker.jobs.container import Place
from mlops_stages.local.server.sagemaker.jobs.logs import LogStream
from mlops_stages.local.server.sagemaker.jobs.storage import Storage
from mlops_stages.local.server.sagemaker.jobs.work import StepError, Work
from mlops_stages.local.server.sagemaker.jobs.workplace import Role

_MOST_REASON = 1024
_MOST_MESSAGE = 1024
_MOST_MEASURED = 8_192
"""Characters of a line that metrics are looked for in."""

_MOST_TOLD = 20
_log = logging.getLogger(__name__)

Phase = Literal["Downloading", "Running", "Uploading"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a job ended. `message` is what its command left behind to be told."""

    status: Literal["Completed", "Failed", "Stopped"]
    reason: str = ""
    message: str = ""
    out_of_time: bool = False
    began: float | None = None
    metrics: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])


class Job:
    """One job that runs; it can be stopped from another thread, and waited for."""

    def __init__(self, work: Work, on_phase: Callable[[Phase], None], on_end: Callable[[Outcome], None]) -> None:
        self.work = work
        self.ended = threading.Event()
        self._on_phase = on_phase
        self._on_end = on_end
        self._process = StepProcess()
        self._stopping = False
        self._last_line = ""
        self._metrics: dict[str, tuple[float, float]] = {}
        self._expressions: dict[str, Expression] = {}

    def start(self) -> None:
        """Begin in a thread that does not keep the server from ending."""
        threading.Thread(target=self._run, name=f"job-{self.work.name}", daemon=True).start()

    def stop(self) -> None:
        """Ask the job to end; it will be Stopped."""
        self._stopping = True
        self._process.stop()

    def _run(self) -> None:
        try:
            outcome = self._done()
        except StepError as error:
            outcome = Outcome(status="Failed", reason=str(error)[:_MOST_REASON])
        except Exception:
            _log.exception("job %s", self.work.name)
            outcome = Outcome(status="Failed", reason="InternalServerError: We encountered an internal error.")
        try:
            self._on_end(outcome)
        finally:
            self.ended.set()

    def _done(self) -> Outcome:
        work = self.work
        python = images.find(workplace.state(), work.image)
        if python is None:
            raise StepError(
                f"ClientError: Cannot find the image {work.image}. Please ensure that it has been pushed. "
                "(The local AWS runs an image as the Python environment that was named for it.)"
            )
        if not work.command:
            raise StepError(
                f"ClientError: ContainerEntrypoint is needed here: {work.image} is an environment without one."
            )
        home = _directory()
        try:
            return self._within(Place(home, python, None if work.isolated else workplace.port(), work.disk))
        except containers.ContainerError as error:
            raise StepError(f"InternalServerError: {error}") from error
        finally:
            trees.remove(home)

    def _within(self, container: Place) -> Outcome:
        work = self.work
        role = _assume(work)
        container.prepare()
        for name in work.directories:
            container.path(name).mkdir(parents=True, exist_ok=True)
        for name, text in work.files.items():
            container.path(name).parent.mkdir(parents=True, exist_ok=True)
            container.path(name).write_text(text, encoding="utf-8")
        self._on_phase("Downloading")
        storage = Storage(role)
        for wanted in work.downloads:
            storage.download(wanted, container.path(wanted.path))
        if self._stopping:
            return Outcome(status="Stopped")
        self._on_phase("Running")
        began = time.time()
        log = LogStream(role, work.log_group, f"{work.name}/algo-1-{int(began)}")
        log.note(containers.described())
        try:
            outcome = self._ran(container, role, began, log)
            self._on_phase("Uploading")
            fresh = Storage(_assume(work), work.key)  # a long step outlives its first credentials
            skipped: list[str] = []
            for wanted in work.uploads:
                if outcome.status in wanted.when and _holds_files(container, wanted.path):
                    skipped += fresh.upload(wanted, container.ml)
            for left_out in skipped[:_MOST_TOLD]:
                log.note(f"not uploaded: {left_out!r}")
            if len(skipped) > _MOST_TOLD:
                log.note(f"not uploaded: {len(skipped) - _MOST_TOLD} more that are no files")
        finally:
            log.close()
        return outcome

    def _ran(self, container: Place, role: Role, began: float, log: LogStream) -> Outcome:
        work = self.work
        keys = {} if work.isolated else role.environment()
        for metric in work.metrics:
            try:
                self._expressions[metric.name] = expressions.compiled(metric.expression)
            except ExpressionError as error:
                log.note(f"The metric {metric.name} is not measured: {error} (it reads RE2's syntax)")

        def heard(line: str) -> None:
            log.line(line)
            if line.strip():
                self._last_line = line.strip()
            self._measured(line)

        ending, code = self._process.run(
            lambda: container.start(work.command, {**keys, **work.environment}), work.seconds, heard
        )
        log.flush()
        message = _text(container, work.message_file)
        ended = Outcome(status="Completed", message=message, began=began, metrics=self._metrics)
        if ending == "timeout":
            reason = f"ClientError: Job runtime exceeded MaxRuntimeInSeconds ({work.seconds})"
            return replace(ended, status="Stopped", reason=reason, out_of_time=True)
        if ending == "stopped":
            return replace(ended, status="Stopped")
        if self._process.exceeded:
            reason = f"ClientError: the job was ended: it took {self._process.exceeded}"
            return replace(ended, status="Failed", reason=reason)
        if code != 0:
            said = (message or self._last_line)[: _MOST_REASON - 50]
            return replace(ended, status="Failed", reason=f"AlgorithmError: {said}, exit code: {code}")
        return ended

    def _measured(self, line: str) -> None:
        for name, expression in self._expressions.items():
            found = expression.groups_in(line[:_MOST_MEASURED])
            with contextlib.suppress(ValueError, TypeError):
                if found:
                    self._metrics[name] = (float(found[0] or ""), time.time())


def _assume(work: Work) -> Role:
    return workplace.assume(work.role_arn, work.account, work.region, work.arn)


def _directory() -> Path:
    return Path(tempfile.mkdtemp(dir=_directories())).resolve()


@functools.cache
def _directories() -> Path:
    """Return where the directories of this process's steps are, without those that an earlier one left behind."""
    jobs = workplace.state() / "jobs"
    trees.remove(jobs)
    return private_folder(jobs)


def _holds_files(container: Place, path: str) -> bool:
    try:
        return any(found.is_file for found in trees.walk(container.ml, path))
    except OSError:
        return False


def _text(container: Place, path: str) -> str:
    """Return what a command left in a file, cut to what the API shows; empty where there is no such regular file."""
    try:
        return trees.text(container.ml, path, 4 * _MOST_MESSAGE).decode("utf-8", "replace").strip()[:_MOST_MESSAGE]
    except OSError:
        return ""
