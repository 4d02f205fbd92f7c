"""Who may do what in the other accounts: people by their duties, CI, and the roles of jobs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

from docs.tables.markdown import code, table
from docs.tables.statements import in_any_region, statements_table
from mlops_stages.foundation import Network, Perimeter, Statement
from mlops_stages.foundation.capabilities import pull_images
from mlops_stages.platform import Addresses, DataClassification, Duty, Model, Persona, Purpose, Stage, Team
from mlops_stages.reliable import ServedModel
from mlops_stages.reliable.monitors.statements import judge_earlier_days, see_model
from mlops_stages.reliable.notices.statements import acknowledge_alarms
from mlops_stages.reliable.queries.statements import query_decisions
from mlops_stages.reliable.release_statements import call_endpoint
from mlops_stages.reliable.releaser_role import may_release
from mlops_stages.repeatable import read_shared_data
from mlops_stages.repeatable.approver_role import may_approve
from mlops_stages.repeatable.data_job_equipment import equip_data_jobs
from mlops_stages.repeatable.data_names import DataNames
from mlops_stages.repeatable.data_statements import (
    DataTeam,
    curate,
    keep_features,
    make_datasets,
    run_data_jobs,
    write_features,
)
from mlops_stages.repeatable.pipeline_statements import PipelineWork, run_steps, start_pipelines, train
from mlops_stages.repeatable.repository_role import may_deliver

TEAM, MODEL = "TEAM", "MODEL"
NAMES = Addresses(
    platform="PLATFORM",
    partition="aws",
    region="REGION",
    experimentation="EXPERIMENTATION",
    development="DEVELOPMENT",
    tooling="TOOLING",
    data="DATA",
    staging="STAGING",
    production="PRODUCTION",
)
CLASSIFICATION = cast("DataClassification", "CLASSIFICATION")
"""Stands for each that the role may read: of the team, and for a pipeline up to its model's."""
_NETWORK = Network(vpc_id="", subnet_ids=("SUBNETS",), workload_security_group_id="GROUP")
_TYPES = ("INSTANCE-TYPES",)


def _perimeter(account: str) -> Perimeter:
    return Perimeter(partition="aws", account=account, region="REGION")


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of a team outside the experimentation account: its name, where it is, for whom, and what it may do."""

    name: str
    purpose: Purpose
    who: str
    statements: Sequence[Statement]

    @property
    def table(self) -> str:
        """Its statements; `arn:aws:`, the region and its own account are left out."""
        own = self.purpose.value.upper()
        shorter = ((f":REGION:{own}:", ":"), (f"::{own}:", ":"), (":REGION:", ":"), ("arn:aws:", ""), (":::", ":"))
        return statements_table(self.statements, shorter)


def duties() -> str:
    """One row a role: where it is, who takes it on, and its session."""
    rows = ((code(role.name), role.purpose.value, role.who) for role in _roles())
    return table(("role", "account", "who takes it on"), rows)


def duty_statements() -> str:
    """Every statement of every role."""
    with in_any_region():
        return "\n\n".join(f"### `{role.name}`\n\nIn {role.purpose}: {role.who}.\n\n{role.table}" for role in _roles())


def _roles() -> Iterator[Role]:
    data = DataTeam(
        names=DataNames(addresses=NAMES, team=TEAM, classifications=[CLASSIFICATION]),
        perimeter=_perimeter("DATA"),
        network=_NETWORK,
        keys={CLASSIFICATION: "arn:aws:kms:REGION:DATA:key/DATA-KEYS"},
        instance_types=_TYPES,
        feature_groups={CLASSIFICATION: ["TEAM-GROUP"]},
    )
    artifacts = NAMES.bucket_arn(NAMES.artifacts_bucket(TEAM))
    key = "arn:aws:kms:REGION:TOOLING:key/ARTIFACTS"
    work = PipelineWork(
        addresses=NAMES,
        team=TEAM,
        model=MODEL,
        classifications=[CLASSIFICATION],
        perimeter=_perimeter("DEVELOPMENT"),
        network=_NETWORK,
        instance_types=_TYPES,
        key_arn="arn:aws:kms:REGION:DEVELOPMENT:key/PIPELINES",
    )
    yield _of_people(Duty.CURATE, [*curate(data), *run_data_jobs(data)])
    yield _of_people(Duty.TRAIN, train(NAMES, TEAM, work.perimeter))
    yield _of_people(Duty.APPROVE, may_approve(NAMES, TEAM, MODEL, artifacts, key))
    yield _of_people(Duty.RELEASE, may_release(NAMES, TEAM, MODEL, artifacts, key))
    for duty in (Duty.INVOKE_STAGING, Duty.INVOKE_PRODUCTION):
        yield _of_people(duty, call_endpoint(_served(duty)))
    store = _served(Duty.SEE_PRODUCTION), "DECISIONS", "arn:aws:kms:REGION:PRODUCTION:key/CAPTURE"
    yield _of_people(
        Duty.SEE_PRODUCTION, [*see_model(*store), *acknowledge_alarms(*store), *judge_earlier_days(store[0])]
    )
    yield _of_people(Duty.QUERY_PRODUCTION, query_decisions(*store))
    ci = may_deliver(_perimeter("TOOLING"), NAMES, TEAM, artifacts, key)
    yield Role(
        name="PLATFORM-TEAM.ci",
        purpose=Purpose.TOOLING,
        who="jobs of one branch or environment of the team's repository",
        statements=ci,
    )
    yield Role(
        name="PLATFORM-TEAM.deliver",
        purpose=Purpose.DEVELOPMENT,
        who="`PLATFORM-TEAM.ci` alone",
        statements=start_pipelines(NAMES, TEAM),
    )
    yield Role(
        name="PLATFORM-MODEL.pipeline",
        purpose=Purpose.DEVELOPMENT,
        who="SageMaker, for the model's pipeline and the jobs of its steps",
        statements=[statement for portion in run_steps(work).values() for statement in portion],
    )
    yield Role(
        name="PLATFORM-TEAM.data-jobs-CLASSIFICATION",
        purpose=Purpose.DATA,
        who="SageMaker, for the team's jobs that make data of that classification",
        statements=[
            *make_datasets(data, CLASSIFICATION),
            *write_features(data, CLASSIFICATION),
            *equip_data_jobs(NAMES, TEAM, data.perimeter, _NETWORK),
        ],
    )
    yield Role(
        name="PLATFORM-TEAM.feature-store",
        purpose=Purpose.DATA,
        who="SageMaker's feature store",
        statements=keep_features(data),
    )
    yield Role(
        name="PLATFORM-TEAM-PERSON",
        purpose=Purpose.EXPERIMENTATION,
        who="people who work in Studio: what they read in other accounts, besides their capabilities",
        statements=[
            *read_shared_data(NAMES, TEAM, [CLASSIFICATION]),
            *pull_images("PullImagesOfTheTeam", [NAMES.image_repository(TEAM, "*")]),
        ],
    )


def _served(duty: Duty) -> ServedModel:
    return ServedModel(
        addresses=NAMES,
        perimeter=_perimeter(duty.purpose.value.upper()),
        team=TEAM,
        model=MODEL,
        environment=duty.purpose,
        owner="",
        network=None,
    )


def _told_next(_model: Model) -> tuple[str, ...]:
    return ("those who are told of alarms next",)


def _of_people(duty: Duty, statements: Sequence[Statement]) -> Role:
    everyone = [SimpleNamespace(email=persona.value, persona=persona) for persona in Persona]
    model = SimpleNamespace(
        owner="the model's owner",
        approvers=["the model's approvers"],
        analysts=["the model's analysts"],
        serves=True,
        endpoint=True,
        has_decisions_read=True,
    )
    team = cast(
        "Team",
        SimpleNamespace(
            members=everyone,
            models=[model],
            stage=Stage.RELIABLE,
            told_next=_told_next,
        ),
    )
    personas = ", ".join(who.replace("_", " ") for who in duty.people(team))
    return Role(
        name=NAMES.model_role_name(MODEL, duty) if duty.is_for_one_model else NAMES.duty_role_name(TEAM, duty),
        purpose=duty.purpose,
        who=personas,
        statements=statements,
    )
