"""From a model repository to a registered package, each step by the role that does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages.errors import UserError
from mlops_stages.local import images, refusals
from mlops_stages.local.client import duties
from mlops_stages.local.client.clients import client
from mlops_stages.local.client.model_runs import dataset, delivery
from mlops_stages.local.client.model_runs.packages import ALL_DAYS, Registered, Registry, Sought, measured
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.local.client.model_runs.waiting import settled
from mlops_stages.local.endpoint import Endpoint, environment
from mlops_stages.pipeline_definition import QualityBound
from mlops_stages.platform import Duty, Model, Platform, Purpose, Team
from mlops_stages.runtime.registered_model import Home, Promise, code_checksum


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """What became of a model repository; `trained` says whether this run did it, or an earlier one."""

    team: str
    model: str
    package: Registered
    trained: bool
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {
            "team": self.team,
            "model": self.model,
            "trained": self.trained,
            "seconds": round(self.seconds, 1),
            "package": self.package.to_json(),
        }


def train(
    endpoint: Endpoint,
    platform: Platform,
    team: Team,
    model: Model,
    repository: Path,
    directory: Path,
    tell: Callable[[str], None],
    *,
    train_before: str = ALL_DAYS,
    requests: str | None = None,
) -> ModelRun:
    """Train a model in the local AWS as it would be in AWS; a package of the same code and data is not made again.

    Args:
        endpoint: the local AWS.
        platform: what it has.
        team: whose model it is.
        model: the model.
        repository: the model's repository.
        directory: where the state of the local AWS is.
        tell: told each step.
        train_before: rows of this day (YYYY-MM-DD) and later are left out.
        requests: the S3 URI of a requests.csv.gz that the version scores.

    Errors: LOC-08x, each naming what failed; LOC-041 and LOC-083 where a role was refused.
    """
    began = time.monotonic()
    try:
        package, trained = _Training(
            endpoint, platform, team, model, ModelRepository(repository), directory, tell, train_before, requests
        ).run()
    except refusals.ClientError as error:
        raise UserError(
            "LOC-083",
            f"{team.name}/{model.name}",
            f"the local AWS refused: {refusals.code(error)}: {refusals.message(error)}",
            "correct what it names, then try again",
            exit_code=1,
        ) from error
    seconds = time.monotonic() - began
    return ModelRun(team=team.name, model=model.name, package=package, trained=trained, seconds=seconds)


def curate(
    endpoint: Endpoint,
    platform: Platform,
    team: Team,
    model: Model,
    repository: Path,
    directory: Path,
    tell: Callable[[str], None],
) -> dict[str, str]:
    """Have the data engineer make the version of the dataset that a repository asks for; a pipeline's parameters of it.

    Errors: LOC-08x, as of `train`.
    """
    training = _Training(endpoint, platform, team, model, ModelRepository(repository), directory, tell, ALL_DAYS, None)
    return training.curated().data


@dataclass(frozen=True)
class _Curated:
    """The session of the team's CI, the image that it has pushed, and the parameters of the dataset."""

    ci: Mapping[str, str]
    image: str
    data: dict[str, str]


@dataclass(frozen=True)
class _Training:
    endpoint: Endpoint
    platform: Platform
    team: Team
    model: Model
    repository: ModelRepository
    directory: Path
    tell: Callable[[str], None]
    train_before: str
    requests: str | None

    def curated(self) -> _Curated:
        """Deliver image and code as CI does, and make the dataset as the data engineer does."""
        addresses, team, model = self.platform.addresses, self.team.name, self.model.name
        name = f"{team}/{model}"
        if self.team.repository is None:
            raise UserError(
                "LOC-084", name, "the team has no `repository`, so that no CI delivers", "add it in platform.yaml"
            )
        self.repository.refuse_another(team, model)
        engineer = self._as(Duty.CURATE)
        self.tell(f"{name}: the image")
        python = images.build(self.directory, self.repository.lock).python
        ci = delivery.ci_session(self.endpoint, self.platform, team, self.team.repository)
        image = delivery.push_image(ci, addresses, team, model, self.repository, self.directory)
        code = delivery.upload_code(ci, addresses, team, self.repository)
        self.tell(f"{name}: the dataset; data/fetch.py of the repository runs in a container without network")
        if self.repository.data_lock is not None:
            python = images.build(self.directory, self.repository.data_lock, sources=self.repository.sources).python
        return _Curated(ci, image, self._dataset(engineer, python, image, code))

    def run(self) -> tuple[Registered, bool]:
        """Train a version, or find the one that is there; whether it was trained now."""
        addresses, team, model = self.platform.addresses, self.team.name, self.model.name
        made = self.curated()
        ci, image, data = made.ci, made.image, made.data
        approver = self._as(Duty.APPROVE)
        before = self._package(approver, data)
        if before is not None:
            return before, False
        self.tell(f"{team}/{model}: its pipeline")
        people = {"Author": self._author, "StartedBy": self._author}
        # The manifest's URI stands for no requests: every input of a job must exist.
        scope = {"TrainBefore": self.train_before, "RequestsUri": self.requests or data["DatasetManifestUri"]}
        made_of = {"Commit": self.repository.commit, "ImageDigest": image.rpartition("@")[2], **data}
        parameters = {**made_of, **people, **scope}
        execution = delivery.start(ci, addresses, team, model, parameters)
        self._wait(delivery.deliver_session(ci, addresses, team), approver, execution)
        registered = self._package(approver, data)
        if registered is None:
            raise UserError(
                "LOC-085",
                execution,
                "the pipeline succeeded and registered nothing of this code and data",
                "let its last step register the model",
                exit_code=1,
            )
        return registered, True

    @property
    def _author(self) -> str:
        """Who is taken for the author of the commit, as CI is not here to say it: one of the team who decides nothing.

        Whoever has a part in a version does not approve it.
        """
        deciders = {*Duty.APPROVE.people(self.team, self.model), *Duty.RELEASE.people(self.team, self.model)}
        emails = [member.email for member in self.team.members]
        return next((email for email in emails if email not in deciders), emails[0])

    def _as(self, duty: Duty) -> dict[str, str]:
        people = duty.people(self.team, self.model)
        if not people:
            raise UserError(
                "LOC-086",
                f"team {self.team.name}",
                f"nobody of the team has the duty {duty}",
                "add a data engineer to the team in platform.yaml",
            )
        model = self.model if duty.is_for_one_model else None
        return duties.session(self.endpoint, self.platform, self.team, people[0], duty, model)

    def _dataset(self, engineer: Mapping[str, str], python: Path, image: str, code: str) -> dict[str, str]:
        return dataset.curate(
            engineer,
            self.platform.addresses,
            self.team,
            self.model,
            self.repository,
            network=_network(self.endpoint, self.platform),
            python=python,
            image_uri=image,
            code_uri=code,
        )

    def _package(self, approver: Mapping[str, str], data: Mapping[str, str]) -> Registered | None:
        sought = Sought(
            commit=self.repository.commit,
            manifest_sha256=data["DatasetManifestSha256"],
            train_before=self.train_before,
            requests=self.requests,
        )
        return registry(self.platform, self.team.name, self.model, approver).find(
            sought, code_checksum(self.repository.scripts)
        )

    def _wait(self, deliver: Mapping[str, str], approver: Mapping[str, str], execution: str) -> None:
        sagemaker = client("sagemaker", deliver)
        ended = settled(
            lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution), "PipelineExecutionStatus"
        )
        if ended["PipelineExecutionStatus"] == "Succeeded":
            return
        steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
        told = "; ".join(
            f"step {step['StepName']}: {step['FailureReason']}" for step in steps if step.get("FailureReason")
        )
        folder = f"s3://{self.platform.addresses.artifacts_bucket(self.team.name)}/evaluations/{self.model.name}"
        value = measured(approver, f"{folder}/{execution.rpartition('/')[2]}/evaluation.json")
        raise UserError(
            "LOC-087",
            execution,
            f"the pipeline ended as {ended['PipelineExecutionStatus']}: {told or ended.get('FailureReason', '')}"
            + (f"; measured: {value}" if value else ""),
            f"correct what it names; `mlops-stages logs {self.team.name}/{self.model.name}` shows what its steps "
            "printed; nothing was registered",
            exit_code=1,
        )


def registry(platform: Platform, team: str, model: Model, approver: Mapping[str, str]) -> Registry:
    """A model's group in the registry of the local AWS, as an approver reads it."""
    return registry_through(platform, team, model, lambda service: client(service, approver))


def registry_through(platform: Platform, team: str, model: Model, clients: Callable[[str], Any]) -> Registry:
    """A model's group in the registry, here or on AWS, as an approver with these clients reads it."""
    addresses, quality = platform.addresses, model.quality
    bound = QualityBound.promised_by(quality)
    promise = None
    if quality is not None and bound is not None:
        promise = Promise(metric=quality.metric, value=bound.value, at_least=bound.at_least)
    return Registry(
        clients=clients,
        group=addresses.package_group_name(team, model.name),
        home=Home(
            artifacts=addresses.artifacts_bucket(team),
            model=model.name,
            images=addresses.image_uri(team, model.name),
        ),
        image_repository=addresses.image_repository_name(team, model.name),
        tooling=addresses.tooling,
        promise=promise,
    )


def _network(endpoint: Endpoint, platform: Platform) -> dict[str, list[str]]:
    """The network of data jobs, from the outputs of the data account's stack."""
    stack = f"{platform.name}-{Purpose.DATA}"
    root = _root(endpoint, platform, Purpose.DATA)
    (found,) = client("cloudformation", root).describe_stacks(StackName=stack)["Stacks"]
    outputs: dict[str, str] = {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
    return {
        "Subnets": [value for name, value in sorted(outputs.items()) if name.startswith("Subnet")],
        "SecurityGroupIds": [outputs["WorkloadSecurityGroup"]],
    }


def _root(endpoint: Endpoint, platform: Platform, purpose: Purpose) -> dict[str, str]:
    return environment(endpoint, platform.account(purpose), platform.region)
