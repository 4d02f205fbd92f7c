"""What the functions of one model's promotion are told: in one environment variable, as JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

VARIABLE = "PROMOTION"
STAGING, PRODUCTION = "staging", "production"


def config_prefix(group: str, environment: str) -> str:
    """What names of an environment's models, configurations and alarms start with; a version's number follows.

    Environments may share an account, where a policy tells what is whose by these names alone. So production's are
    plain, and another environment's have its first letter: a name of SageMaker's has no room for more.
    """
    return f"{group}-{'' if environment == PRODUCTION else environment[:1]}v"


def jobs_prefix(group: str, environment: str) -> str:
    """What names of an environment's transform jobs start with: its first letter, a capital, as no model's name has.

    So neither another environment of the account nor a model whose name starts with this one's is reached by it.
    """
    return f"{group}-{environment[:1].upper()}"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where the model serves.

    Attributes:
        name: `staging` or `production`.
        stack: the model's stack there.
        endpoint: its name.
        deploy_role: the ARN of what the promotion becomes there.
        cloudformation_role: the ARN of what CloudFormation becomes there.
        schedule: the name of the schedule by which a batch model scores there, and of its group; None for a model with
            an endpoint.
    """

    name: str
    stack: str
    endpoint: str
    deploy_role: str
    cloudformation_role: str
    schedule: str | None = None


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What is promised about the model, as far as something tests it.

    Attributes:
        metric: the quality that the registered evaluation must have; None where none is promised.
        value: the bound.
        at_least: whether it is the least or the most.
        p99_latency_ms: milliseconds in which 99 of 100 answers come.
        availability_percent: percent of requests that are answered.
        requests_per_minute: the load to be carried.
    """

    metric: str | None = None
    value: float = 0.0
    at_least: bool = True
    p99_latency_ms: int | None = None
    availability_percent: float | None = None
    requests_per_minute: float | None = None


@dataclass(frozen=True, kw_only=True)
class OneApproval:
    """That a version which retraining has trained goes to production with the first approval alone.

    Attributes:
        risk: the class of the model, which platform.yaml lets do that.
        starter: the name of the function of the model's retraining, which starts such runs.
        pipeline_role: the name of the role under which the model's pipeline registers versions.
        topic: the ARN of the topic that tells those who would give the second approval.
    """

    risk: str
    starter: str
    pipeline_role: str
    topic: str


def inputs_sha256(inputs: Iterable[tuple[str, str]]) -> str:
    """What inputs are told by: a digest of their names and types in order, as all of them would not fit Lambda."""
    return hashlib.sha256(json.dumps([list(each) for each in inputs]).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of it.

    Attributes:
        platform: the platform's name; team and model are theirs.
        team: whose model it is.
        model: the model.
        owner: who is told.
        partition: of ARNs.
        region: of everything.
        account: the tooling account.
        group: the model's package group.
        table: the table of its promotions.
        machine: the ARN of the state machine.
        topic: the ARN of the topic that tells the owner.
        chat_topic: the ARN of the topic that a chat channel shows; empty where the model has none.
        ledger_queue: the address of the ledger's queue.
        artifacts: the team's bucket of artifacts.
        images: where the model's images are, without a tag.
        image_repository: the repository's name.
        approve_role: the name of the role of the first decision.
        release_role: the name of the role of the second decision.
        staging: where it is tested.
        production: where it serves its callers.
        promise: what is promised about it.
        longest_minutes: after which a deployment that has not ended is given up.
        inputs_sha256: `inputs_sha256` of what platform.yaml says that a request holds; None where it does not say.
        one_approval: by which retrained versions need no second approval; None where every version takes two.
    """

    platform: str
    team: str
    model: str
    owner: str
    partition: str
    region: str
    account: str
    group: str
    table: str
    machine: str
    topic: str
    ledger_queue: str
    artifacts: str
    images: str
    image_repository: str
    approve_role: str
    release_role: str
    staging: Environment
    production: Environment
    promise: Promise = dataclasses.field(default_factory=Promise)
    longest_minutes: int = 180
    inputs_sha256: str | None = None
    chat_topic: str = ""
    one_approval: OneApproval | None = None

    @property
    def name(self) -> str:
        """The model as people write it."""
        return f"{self.team}/{self.model}"

    def package_arn(self, version: int) -> str:
        """The ARN of a version in the registry."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:model-package/{self.group}/{version}"

    def environment(self, name: str) -> Environment:
        """Where it serves, by name."""
        return {STAGING: self.staging, PRODUCTION: self.production}[name]

    def to_json(self) -> str:
        """What the variable holds; always the same for the same settings."""
        told = dataclasses.asdict(self)
        if self.one_approval is None:
            del told["one_approval"]
        return json.dumps(told, sort_keys=True, separators=(",", ":"))


def read(environ: Mapping[str, str]) -> Settings:
    """The settings from a process's environment; KeyError or TypeError where they are not whole."""
    given = cast("dict[str, Any]", json.loads(environ[VARIABLE]))
    parts: dict[str, Any] = {name: Environment(**given[name]) for name in (STAGING, PRODUCTION)}
    parts["promise"] = Promise(**given["promise"])
    if "one_approval" in given:
        parts["one_approval"] = OneApproval(**given["one_approval"])
    return Settings(**{**given, **parts})
