"""Runs a job from its inputs to its outputs, in a thread of its own, and tells how it goes."""

from __future__ import annotations

import contextlib
import functools
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mlops_stages import expressions
from mlops_stages.expressions import Expression, ExpressionError
from mlops_stages.local import images
from mlops_stages.local.jobs import container as containers
from mlops_stages.local.jobs import workplace
from mlops_stages.local.jobs.container import Container
from mlops_stages.local.jobs.logs import LogStream
from mlops_stages.local.jobs.processes import StepProcess
from mlops_stages.local.jobs.storage import Storage
from mlops_stages.local.jobs.work import StepError, Work
from mlops_stages.local.jobs.workplace import Role

_MOST_REASON = 1024
_MOST_MESSAGE = 1024
_MOST_MEASURED = 8_192
"""Characters of a line that metrics are looked for in."""
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
            return self._within(Container(home, python, work.isolated))
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def _within(self, container: Container) -> Outcome:
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
        outcome = self._ran(container, role, began)
        self._on_phase("Uploading")
        fresh = Storage(_assume(work), work.key)  # a long step outlives its first credentials
        for wanted in work.uploads:
            if outcome.status in wanted.when and _holds_files(container.path(wanted.path)):
                fresh.upload(wanted, container.ml)
        return outcome

    def _ran(self, container: Container, role: Role, began: float) -> Outcome:
        work = self.work
        keys = {} if work.isolated else role.environment()
        log = LogStream(role, work.log_group, f"{work.name}/algo-1-{int(began)}")
        log.line(f"[local AWS] {containers.described()}")
        for metric in work.metrics:
            try:
                self._expressions[metric.name] = expressions.compiled(metric.expression)
            except ExpressionError as error:
                log.line(f"[local AWS] The metric {metric.name} is not measured: {error} (it reads RE2's syntax)")

        def heard(line: str) -> None:
            log.line(line)
            if line.strip():
                self._last_line = line.strip()
            self._measured(line)

        ending, code = self._process.run(
            container.command(work.command),
            container.environment({**keys, **work.environment}),
            container.ml,
            work.seconds,
            heard,
        )
        log.flush()
        message = _text(container.path(work.message_file))
        ended = Outcome(status="Completed", message=message, began=began, metrics=self._metrics)
        if ending == "timeout":
            reason = f"ClientError: Job runtime exceeded MaxRuntimeInSeconds ({work.seconds})"
            return replace(ended, status="Stopped", reason=reason, out_of_time=True)
        if ending == "stopped":
            return replace(ended, status="Stopped")
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
    shutil.rmtree(jobs, ignore_errors=True)
    jobs.mkdir(mode=0o700)
    return jobs


def _holds_files(path: Path) -> bool:
    return path.is_dir() and any(found.is_file() for found in path.rglob("*"))


def _text(path: Path) -> str:
    """Return what a command left in a file, cut to what the API shows; empty where there is none."""
    try:
        return path.read_bytes()[: 4 * _MOST_MESSAGE].decode("utf-8", "replace").strip()[:_MOST_MESSAGE]
    except OSError:
        return ""
