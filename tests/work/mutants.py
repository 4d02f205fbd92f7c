"""Faults put into templates, each of which the tables of work must show: a permission lost, or one too many."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.conftest import Template
from tests.invariants.statements import statements

Templates = Mapping[str, Template]
Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A fault, and where it shows.

    Attributes:
        stack: the stack that it is in.
        sid: the statement that is changed.
        type: the type of the resource that has it, such as `AWS::IAM::ManagedPolicy`; any where it is empty.
        change: what is done to the statement.
        role: whose work shows it.
        shows: the piece of work that is denied now, or whose neighbour is allowed.
    """

    name: str
    stack: str
    sid: str
    type: str = ""
    change: Change
    role: str
    shows: str

    def __str__(self) -> str:
        return self.name

    def applied(self, templates: Templates) -> dict[str, Template]:
        """The templates with the fault in them."""
        changed = {**templates, self.stack: copy.deepcopy(templates[self.stack])}
        resources = changed[self.stack]["Resources"].values()
        found = [
            statement
            for resource in resources
            if self.type in ("", resource["Type"])
            for statement in statements(resource.get("Properties", {}))
            if statement.get("Sid") == self.sid
        ]
        assert found, f"{self.stack} has no statement {self.sid}"
        before = json.dumps(found)
        for statement in found:
            self.change(statement)
        assert json.dumps(found) != before, f"{self.name} changes nothing"
        return changed


def _without_resources(*ends: str) -> Change:
    def change(statement: dict[str, Any]) -> None:
        statement["Resource"] = [each for each in statement["Resource"] if not _text(each).endswith(ends)]

    return change


def _text(value: Any) -> str:  # noqa: ANN401 - part of a template
    return value if isinstance(value, str) else json.dumps(value)


def _misspelt(action: str) -> Change:
    def change(statement: dict[str, Any]) -> None:
        statement["Action"] = [f"{each}s" if each == action else each for each in statement["Action"]]

    return change


def _without_action(action: str) -> Change:
    def change(statement: dict[str, Any]) -> None:
        statement["Action"] = [each for each in statement["Action"] if each != action]

    return change


def _gone(statement: dict[str, Any]) -> None:
    # Not taken out of its list, which is not at hand: it speaks of an action that nobody asks for.
    statement["Action"] = ["sts:DecodeAuthorizationMessage"]


def _of_any_model(statement: dict[str, Any]) -> None:
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("late-arrival", "*"))


def _without_conditions(*keys: str) -> Change:
    def change(statement: dict[str, Any]) -> None:
        for operator in statement["Condition"].values():
            for key in keys:
                operator.pop(key, None)
        statement["Condition"] = {operator: block for operator, block in statement["Condition"].items() if block}

    return change


def _with_condition(operator: str, key: str, value: str) -> Change:
    def change(statement: dict[str, Any]) -> None:
        statement.setdefault("Condition", {}).setdefault(operator, {})[key] = value

    return change


_PIPELINE = "acme-late-arrival.pipeline"
MUTANTS: Sequence[Mutant] = (
    Mutant(
        name="log-streams-of-the-pipeline-lost",
        stack="acme-development-team-arrivals",
        sid="WriteLogsOfOnesTeam",
        change=_without_resources("ProcessingJobs:log-stream:arrivals-*"),
        role=_PIPELINE,
        shows="writes the log of a step",
    ),
    Mutant(
        name="action-on-log-streams-misspelt",
        stack="acme-data-team-arrivals",
        sid="WriteLogsOfOnesTeam",
        change=_misspelt("logs:PutLogEvents"),
        role="acme-arrivals.data-jobs-internal",
        shows="writes its log",
    ),
    Mutant(
        name="persona-cannot-read-logs",
        stack="acme-experimentation",
        sid="ReadLogsOfOnesTeam",
        change=_gone,
        role="acme-arrivals-kim-tran",
        shows="reads the log of a job of the team",
    ),
    Mutant(
        name="action-missing-in-the-boundary",
        stack="acme-development",
        sid="AtMostTheseInTheHomeRegion",
        change=_without_action("logs:PutLogEvents"),
        role=_PIPELINE,
        shows="writes the log of a step",
    ),
    Mutant(
        name="repository-of-images-closed",
        stack="acme-tooling-team-arrivals",
        sid="RolesOfTheTeamPull",
        change=_without_action("ecr:BatchGetImage"),
        role=_PIPELINE,
        shows="pulls the model's image",
    ),
    Mutant(
        name="ci-writes-models",
        stack="acme-tooling-team-arrivals",
        sid="UploadCode",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals.ci",
        shows="compares the code that is there",
    ),
    Mutant(
        name="code-may-be-written-over",
        stack="acme-tooling-team-arrivals",
        sid="DenyReplacingCode",
        change=_gone,
        role="acme-arrivals.ci",
        shows="uploads code, once",
    ),
    Mutant(
        name="an-older-version-of-a-pipeline-may-be-started",
        stack="acme-development-team-arrivals",
        sid="StartTheTeamsPipelines",
        change=_without_conditions("sagemaker:PipelineVersionId"),
        role="acme-arrivals.deliver",
        shows="starts the team's pipeline",
    ),
    Mutant(
        name="registry-does-not-let-the-pipeline-in",
        stack="acme-tooling-team-arrivals",
        sid="ThePipelineRegistersWithOriginAndPending",
        type="AWS::SageMaker::ModelPackageGroup",
        change=_gone,
        role=_PIPELINE,
        shows="registers a version, pending, with its origin",
    ),
    Mutant(
        name="approver-updates-without-a-decision",
        stack="acme-tooling-team-arrivals",
        sid="ApproveOrRejectVersions",
        change=_without_conditions("sagemaker:ModelApprovalStatus"),
        role="acme-late-arrival.approve",
        shows="approves or rejects a version",
    ),
    Mutant(
        name="approver-decides-about-all-of-the-team",
        stack="acme-tooling-team-arrivals",
        sid="ApproveOrRejectVersions",
        change=_of_any_model,
        role="acme-late-arrival.approve",
        shows="approves or rejects a version",
    ),
    Mutant(
        name="key-through-another-service-only",
        stack="acme-development-team-arrivals",
        sid="DecryptSharedDataOfTheTeam",
        change=_with_condition("StringEquals", "kms:ViaService", "ec2.eu-west-1.amazonaws.com"),
        role=_PIPELINE,
        shows="decrypts it, through S3",
    ),
    Mutant(
        name="key-policy-forgets-the-team",
        stack="acme-data-team-arrivals",
        sid="RolesOfTheTeamDecryptFromOtherAccounts",
        change=_gone,
        role="acme-arrivals-kim-tran",
        shows="decrypts it, through S3",
    ),
    Mutant(
        name="endpoint-does-not-let-objects-be-written",
        stack="acme-development",
        sid="OurPrincipalsOnOurResources",
        type="AWS::EC2::VPCEndpoint",
        change=_without_action("s3:PutObject"),
        role=_PIPELINE,
        shows="keeps model and evaluation",
    ),
    Mutant(
        name="datasets-may-be-written-over",
        stack="acme-data-team-arrivals",
        sid="DatasetsManifestsAndLabelsAreWrittenOnce",
        change=_gone,
        role="acme-arrivals.data-jobs-internal",
        shows="writes a dataset or a manifest, once",
    ),
    Mutant(
        name="labels-anywhere",
        stack="acme-data-team-arrivals",
        sid="WriteLabelsOfDecisions",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals.curate",
        shows="writes labels of a model, once",
    ),
    Mutant(
        name="jobs-read-what-is-more-sensitive",
        stack="acme-data-team-arrivals",
        sid="ReadDataNoMoreSensitive",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals.data-jobs-internal",
        shows="reads raw data",
    ),
    Mutant(
        name="manifests-of-no-dataset",
        stack="acme-data-team-arrivals",
        sid="WriteDatasetsOfThisClassification",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals.data-jobs-internal",
        shows="writes a dataset or a manifest, once",
    ),
    Mutant(
        name="trust-forgets-ci",
        stack="acme-development-team-arrivals",
        sid="OnlyTheTeamsOwnCi",
        change=_gone,
        role="acme-arrivals.ci",
        shows="takes on the role that starts pipelines",
    ),
    Mutant(
        name="people-start-pipelines",
        stack="acme-development-team-arrivals",
        sid="TryRunsAgain",
        change=lambda statement: statement.update(
            Action=[*statement["Action"], "sagemaker:StartPipelineExecution"], Resource=["*"]
        ),
        role="acme-arrivals.deliver",
        shows="starts the team's pipeline",
    ),
    Mutant(
        name="any-role-may-be-passed",
        stack="acme-experimentation",
        sid="LetJobsRunUnderOnesOwnRole",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals-kim-tran",
        shows="lets the job run under their own role",
    ),
    Mutant(
        name="transforms-under-any-model",
        stack="acme-experimentation",
        sid="RunTransformJobsOfOnesModels",
        change=_without_conditions("sagemaker:ModelArn"),
        role="acme-arrivals-kim-tran",
        shows="predicts for many at once",
    ),
    Mutant(
        name="jobs-mount-file-systems",
        stack="acme-experimentation",
        sid="DenyFileSystems",
        change=_gone,
        role="acme-arrivals-kim-tran",
        shows="trains, isolated",
    ),
    Mutant(
        name="jobs-on-any-budget",
        stack="acme-experimentation",
        sid="RunJobsOnlyIsolated",
        change=_without_conditions("aws:RequestTag/team"),
        role="acme-arrivals-kim-tran",
        shows="trains, isolated",
    ),
    Mutant(
        name="logs-of-any-job",
        stack="acme-experimentation",
        sid="WriteLogsOfOnesTeam",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals-kim-tran",
        shows="writes the log of a job",
    ),
    Mutant(
        name="interfaces-of-any-subnet",
        stack="acme-experimentation",
        sid="LendAndDeleteInterfacesOfTheNetwork",
        change=_without_conditions("ec2:Subnet"),
        role="acme-arrivals-kim-tran",
        shows="has interfaces lent to SageMaker, and deleted",
    ),
    Mutant(
        name="images-of-anybody",
        stack="acme-experimentation",
        sid="PullImagesOfSageMaker",
        change=lambda statement: statement.update(Resource=["*"]),
        role="acme-arrivals-kim-tran",
        shows="pulls an image of SageMaker's",
    ),
    Mutant(
        name="endpoints-for-the-whole-organization",
        stack="acme-experimentation",
        sid="OurPrincipalsOnOurResources",
        type="AWS::EC2::VPCEndpoint",
        change=_without_conditions("aws:PrincipalAccount", "aws:ResourceAccount"),
        role="Neighbour",
        shows="writes to a bucket of that account, from anywhere else",
    ),
    Mutant(
        name="endpoints-to-any-resource",
        stack="acme-experimentation",
        sid="OurPrincipalsOnOurResources",
        type="AWS::EC2::VPCEndpoint",
        change=_without_conditions("aws:ResourceAccount"),
        role="Exporter",
        shows="reads a bucket of the account, by the endpoint",
    ),
    Mutant(
        name="guardrail-forbids-every-job",
        stack="acme-organization",
        sid="DenyJobsOutsideNetwork",
        change=lambda statement: statement.pop("Condition"),
        role=_PIPELINE,
        shows="trains in a step, isolated",
    ),
    Mutant(
        name="bucket-refuses-every-key",
        stack="acme-tooling-team-arrivals",
        sid="RefuseAnotherKey",
        change=lambda statement: statement.pop("Condition"),
        role="acme-arrivals.ci",
        shows="uploads code, once",
    ),
    Mutant(
        name="no-second-factor",
        stack="acme-experimentation-team-arrivals",
        sid="ThePersonByTheirOwnIdentity",
        change=_without_conditions("aws:MultiFactorAuthPresent"),
        role="aws-reserved/sso.amazonaws.com/kim",
        shows="takes on their own role",
    ),
    Mutant(
        name="mlflow-of-the-team-lost",
        stack="acme-experimentation-team-arrivals",
        sid="RecordExperimentsOfTheTeam",
        change=_misspelt("sagemaker:CallMlflowAppApi"),
        role="acme-arrivals-kim-tran",
        shows="records experiments",
    ),
    *(
        Mutant(
            name=name,
            stack="acme-tooling-team-arrivals",
            sid=sid,
            change=change,
            role="acme-late-arrival.release",
            shows="lets a version into production",
        )
        for name, sid, change in (
            (
                "releaser-approves-in-the-same-request",
                "MoveVersionsToProduction",
                _without_conditions("sagemaker:ModelApprovalStatus"),
            ),
            ("releaser-moves-all-of-the-team", "MoveVersionsToProduction", _of_any_model),
            ("releaser-gives-no-status", "DenyUpdatesWithoutLifeCycleStatus", _gone),
        )
    ),
    *(
        Mutant(
            name=name,
            stack="acme-production-team-arrivals",
            sid=sid,
            change=change,
            role=f"acme-late-arrival.{duty}-production",
            shows=shows,
        )
        for name, sid, change, duty, shows in (
            (
                "release-with-a-way-to-the-network",
                "MakeModelsOnlyIsolated",
                _without_conditions("sagemaker:NetworkIsolation"),
                "cloudformation",
                "makes a model, isolated",
            ),
            (
                "promotion-changes-the-stack-by-itself",
                "ProposeChangesOfTheModelsStack",
                _without_conditions("cloudformation:RoleArn"),
                "deploy",
                "proposes a release, which CloudFormation makes under its own role",
            ),
            (
                "alarms-tell-anybody",
                "MakeAlarmsThatTellTheOwner",
                _without_conditions("cloudwatch:AlarmActions"),
                "cloudformation",
                "makes alarms that tell the model's owner",
            ),
            ("decisions-of-any-endpoint", "CaptureDecisions", _of_any_model, "serve", "captures decisions"),
            (
                "another-service-scales",
                "LetTheEndpointScale",
                _without_conditions("application-autoscaling:service-namespace"),
                "cloudformation",
                "lets the endpoint scale",
            ),
        )
    ),
    Mutant(
        name="action-missing-in-the-boundary-of-production",
        stack="acme-production",
        sid="AtMostTheseInTheHomeRegion",
        change=_without_action("sagemaker:UpdateEndpoint"),
        role="acme-late-arrival.cloudformation-production",
        shows="makes the endpoint, and has it serve a configuration",
    ),
)
