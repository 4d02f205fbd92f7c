"""The people of the reference model in a drill: each acts by the same code as the command for it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from mlops_stages.audit import Ledgers, Line
from mlops_stages.cli import ledger, releases
from mlops_stages.cli.ack import Asked as Acknowledgement
from mlops_stages.cli.ack import Done, acknowledged
from mlops_stages.cli.approve import Asked as Approval
from mlops_stages.cli.approve import Target, decide
from mlops_stages.drill.people import Clients
from mlops_stages.drill.watcher import Watcher
from mlops_stages.local.client import duties
from mlops_stages.local.client.clients import client
from mlops_stages.local.client.model_runs import curate, train
from mlops_stages.local.client.model_runs.standard import standard_repository
from mlops_stages.local.client.model_runs.waiting import settled
from mlops_stages.local.client.promotions import Progress, follow
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import Duty, Model, Platform, Team

LAST_MONTH = "2013-04"
"""The last month of the dataset that the standard repository's model.yaml asks for."""


@dataclass(frozen=True)
class LocalPeople:
    """The people of the reference model, as the commands let them act."""

    directory: Path
    platform: Platform
    team: Team
    model: Model
    endpoint: Endpoint
    watcher: Watcher
    _known: dict[Duty, Clients] = field(default_factory=dict[Duty, Clients])

    @property
    def name(self) -> str:
        """TEAM/MODEL."""
        return f"{self.team.name}/{self.model.name}"

    def of(self, duty: Duty) -> Clients:
        """See `People`."""
        if duty not in self._known:
            model = self.model if duty.is_for_one_model else None
            who = duty.people(self.team, self.model)[0]
            self._known[duty] = clients_of(duties.session(self.endpoint, self.platform, self.team, who, duty, model))
        return self._known[duty]

    def releases(self) -> Mapping[str, Any]:
        """See `People`."""
        return releases.overview_of(self.directory, releases.Asked(name=self.name))

    def approve(self, target: str, version: int, reason: str) -> Mapping[str, Any]:
        """See `People`: for production by the first who may, and is not the one who approved it for staging."""
        waiting = {int(each["version"]): each["for"] for each in self.releases()["waiting"]}
        person = self.model.owner if target == "staging" else waiting.get(version, [None])[0]
        kind = cast("Target", target)
        asked = Approval(name=self.name, version=version, target=kind, reason=reason, person=person)
        return decide(self.directory, asked).told

    def promote(self, version: int, reason: str) -> None:
        """See `People`."""
        package = self.platform.addresses.packages(self.team.name, self.model.name).removesuffix("*") + str(version)
        self.of(Duty.RELEASE)("sagemaker").update_model_package(
            ModelPackageArn=package,
            ModelLifeCycle={
                "Stage": "Staging",
                "StageStatus": "Requested",
                "StageDescription": f"{reason} ({time.time_ns()})",
            },
        )

    def acknowledge(self, alarm: str, note: str) -> Done:
        """See `People`."""
        return acknowledged(self.directory, Acknowledgement(name=self.name, alarm=alarm, note=note))

    def follow(self, meanwhile: Callable[[], None] | None = None) -> Progress | None:
        """See `People`."""
        return follow(self.endpoint, self.platform, self.team, self.model, self.watcher.step, meanwhile)

    def train(self, broken: tuple[str, str] | None = None) -> int:
        """See `People`."""
        with self._copy("serving/scoring.py", broken) as copy:
            run = train(self.endpoint, self.platform, self.team, self.model, copy, self.directory, self.watcher.step)
        return int(run.package.version)

    def curate(self, last: str) -> str:
        """See `People`."""
        with self._copy("model.yaml", (LAST_MONTH, last)) as copy:
            data = curate(self.endpoint, self.platform, self.team, self.model, copy, self.directory, self.watcher.step)
        return data["DatasetManifestUri"]

    def trained(self) -> Mapping[str, Any]:
        """See `People`."""
        sagemaker, name = (
            self.of(Duty.TRAIN)("sagemaker"),
            self.platform.addresses.pipeline_name(self.team.name, self.model.name),
        )
        found = sagemaker.list_pipeline_executions(
            PipelineName=name, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )["PipelineExecutionSummaries"]
        execution = found[0]["PipelineExecutionArn"]
        return settled(
            lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution), "PipelineExecutionStatus"
        )

    @contextmanager
    def _copy(self, file: str, changed: tuple[str, str] | None) -> Generator[Path]:
        """A copy of the model's repository, with a text of a file replaced by another."""
        own = standard_repository(self.platform, self.team, self.model, self.directory)
        with tempfile.TemporaryDirectory(prefix="mlops-stages-") as name:
            copy = Path(name) / "repository"
            shutil.copytree(own, copy, ignore=shutil.ignore_patterns(".venv", ".git", "out"))
            if changed is not None:
                (copy / file).write_text((copy / file).read_text("utf-8").replace(*changed), "utf-8")
            yield copy

    def ledger(self) -> Sequence[Mapping[str, Any]]:
        """See `People`."""
        asked = ledger.Asked(directory=self.directory, name=self.name, on_aws=False, as_json=True)
        callers, names = ledger.callers_of(self.platform, asked), self.platform.addresses
        with ThreadPoolExecutor(ledger.READ_AT_ONCE) as workers:
            found = Ledgers(
                ledger_s3=callers.ledger("s3"),
                heads_s3=callers.heads("s3"),
                ledger_bucket=names.ledger_bucket,
                heads_bucket=names.heads_bucket,
                retention=ledger.DECLARED,
                at_once=workers.map,
            )
            records = [each for each in found.records(self.team.name, self.model.name) if isinstance(each, Line)]
        return [
            {"number": each.number, "who": each.who, "record": json.loads(each.record.to_bytes())} for each in records
        ]


def clients_of(variables: Mapping[str, str]) -> Clients:
    """The clients of whoever a set of variables stands for, each made once."""
    known: dict[str, Any] = {}

    def made(service: str) -> Any:  # noqa: ANN401  # built at run time
        if service not in known:
            known[service] = client(service, variables)
        return known[service]

    return made
