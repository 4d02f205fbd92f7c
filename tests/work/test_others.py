"""No role does anything with what is another team's: its own work there, and every right on every resource."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from mlops_stages.platform import load
from tests.conftest import Assembly
from tests.work import local_judge, second_judge
from tests.work.request import Request, request
from tests.work.tables import Case, cases
from tests.work.world import ConcreteTemplates, Role, World

SEEN_BY_ALL = frozenset(
    {"budgets:ViewBudget", "sagemaker:DescribeApp", "sagemaker:DescribeSpace", "sagemaker:DescribeUserProfile"}
)
"""Costs, and how apps, spaces and profiles are set, are no secret inside an account (docs/security.md)."""

_OF_THE_CALLER = ("aws:Principal", "aws:SourceVpc", "aws:Resource", "kms:CallerAccount", "kms:ResourceAliases")

RIGHTS: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucket"),
    "AWS::KMS::Key": ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:DisableKey"),
    "AWS::IAM::Role": (
        "sts:AssumeRole",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:TagRole",
    ),
    "AWS::ECR::Repository": ("ecr:BatchGetImage", "ecr:PutImage", "ecr:BatchDeleteImage", "ecr:SetRepositoryPolicy"),
    "AWS::SageMaker::ModelPackageGroup": (
        "sagemaker:CreateModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:PutModelPackageGroupPolicy",
        "sagemaker:DeleteModelPackageGroup",
    ),
    "AWS::SageMaker::Pipeline": (
        "sagemaker:StartPipelineExecution",
        "sagemaker:DescribePipeline",
        "sagemaker:UpdatePipeline",
    ),
    "AWS::SageMaker::FeatureGroup": ("sagemaker:GetRecord", "sagemaker:PutRecord", "sagemaker:DeleteRecord"),
    "AWS::SageMaker::MlflowApp": ("sagemaker:CallMlflowAppApi", "sagemaker:CreatePresignedMlflowAppUrl"),
}
"""What is asked for on another team's resources, by type."""

_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion")
_ZONES = (
    "landing/x",
    "curated/x/1",
    "features/x",
    "manifests/x/1.json",
    "labels/m/2026/11/28/06/x.jsonl",
    "code/x",
    "models/m/x",
    "evaluations/m/x",
    "m/x",
)
_BEST: Mapping[str, Any] = {
    "s3:if-none-match": "*",
    "s3:ObjectCreationOperation": "true",
    "kms:GrantIsForAWSResource": "true",
    "iam:PassedToService": "sagemaker.amazonaws.com",
    "aws:MultiFactorAuthPresent": "true",
    "sagemaker:ModelApprovalStatus": "PendingManualApproval",
}
"""The condition keys under which such requests would best be allowed."""


_HANDED_OUT = ((".curate", ".data-jobs-public"), (".curate", ".data-jobs-internal"))
"""To jobs, by people on duty; people who explore, and a pipeline, hand out the very role that they have."""

_RUN_JOBS = ("data_scientist", "lead_data_scientist", "data_engineer", "ml_engineer")


def _team(arn: str, world: World) -> str | None:
    """The team of a role, by its path; None for roles of the platform and of services."""
    parts = arn.partition(":role/")[2].split("/")
    return parts[1] if len(parts) == 3 and parts[1] != "platform" and arn in world.roles else None


def _by(world: World, role: Role, case: Case, resource: str) -> Request:
    given = {key: value for key, value in case.request.context.items() if not key.startswith(_OF_THE_CALLER)}
    return request(world, role=role, action=case.request.action, resource=resource, network=None, given=given)


def _allowed(world: World, asked: list[Request]) -> list[str]:
    """Those that either judge allows."""
    return [
        f"{each.role.arn} {each.action} on {each.resource}: local {by_us}, second {by_them}"
        for each, by_us, by_them in _judged(world, asked)
        if by_us or by_them
    ]


def _allowed_pairs(world: World, asked: list[Request]) -> set[tuple[str, str, str]]:
    """What either judge allows: the name of the role that asks, the action, the name of the role it asks for."""
    return {
        (each.role.arn.rpartition("/")[2], each.action, each.resource.rpartition("/")[2])
        for each, by_us, by_them in _judged(world, asked)
        if by_us or by_them
    }


def _judged(world: World, asked: list[Request]) -> list[tuple[Request, bool, bool | None]]:
    with local_judge.judging(world):
        local = [local_judge.allows(each) for each in asked]
    second = [verdict.allows for verdict in second_judge.judge(asked)]
    return list(zip(asked, local, second, strict=True))


@pytest.fixture(scope="module")
def own_work(world: World, accounts: Mapping[str, str]) -> list[Case]:
    """The work on what is one team's alone, by roles that serve no others, where both judges know the action."""
    return [
        case
        for case in cases(world, accounts)
        if case.is_allowed
        and not case.local_only
        and case.request.role.arn in world.roles
        and "/platform/" not in case.request.role.arn
        and case.request.action not in SEEN_BY_ALL
        and ("arrivals" in case.request.resource or "late-arrival" in case.request.resource)
    ]


def test_no_other_teams_role_does_a_teams_work(world: World, own_work: list[Case]) -> None:
    """One role of each kind of the other teams asks for all of it."""
    others: dict[tuple[str, str, str], Role] = {}
    for arn, role in world.roles.items():
        team = _team(arn, world)
        if team not in (None, "arrivals"):
            kind = role.tags.get("persona") or arn.rpartition(".")[2]
            others.setdefault((team or "", kind, role.account), role)
    unique = {(case.request.action, case.request.resource): case for case in own_work}
    asked = [_by(world, role, case, case.request.resource) for role in others.values() for case in unique.values()]
    assert len(others) > 10
    assert len(asked) > 3000
    assert _allowed(world, asked) == []


def test_no_role_does_its_work_on_another_teams(world: World, own_work: list[Case]) -> None:
    """Each request of the tables, with every condition met, on what team fraud has in its place."""
    asked: list[Request] = []
    for case in own_work:
        there = case.request.resource.replace("late-arrival", "card-fraud").replace("arrivals", "fraud")
        if world.has(there) or not any(kind in there for kind in (":key/", ":role/")):
            asked.append(_by(world, case.request.role, case, there))
    assert len(asked) > 400
    assert _allowed(world, asked) == []


def test_no_role_becomes_or_hands_out_a_role_but_these(world: World) -> None:
    """Every role of a team asks for every role of the team."""
    team = {arn: role for arn, role in world.roles.items() if _team(arn, world) == "arrivals"}
    asked = [
        request(world, role=role, action=action, resource=arn, network=None, given=_known(action, _BEST))
        for role in team.values()
        for arn in team
        for action in ("sts:AssumeRole", "iam:PassRole")
    ]
    run_jobs = {arn.rpartition("/")[2] for arn, role in team.items() if role.tags.get("persona") in _RUN_JOBS}
    assert len(run_jobs) == 4
    assert _allowed_pairs(world, asked) == {
        *((f"acme-arrivals{name}", "iam:PassRole", f"acme-arrivals{other}") for name, other in _HANDED_OUT),
        *((name, "iam:PassRole", name) for name in (*run_jobs, "acme-late-arrival.pipeline")),
        ("acme-arrivals.ci", "sts:AssumeRole", "acme-arrivals.deliver"),
        ("acme-late-arrival.retrain", "sts:AssumeRole", "acme-late-arrival.start-retraining"),
        *(
            pair
            for environment in ("staging", "production")
            for pair in (
                ("acme-late-arrival.promote", "sts:AssumeRole", f"acme-late-arrival.deploy-{environment}"),
                (
                    f"acme-late-arrival.cloudformation-{environment}",
                    "iam:PassRole",
                    f"acme-late-arrival.serve-{environment}",
                ),
            )
        ),
    }


@pytest.mark.parametrize("name", ["reference", "several_accounts"])
def test_no_role_has_any_right_on_another_teams_resources(name: str, assembly: Callable[[str], Assembly]) -> None:
    """One role of each kind asks for each right on each resource of each other team; kinds are alike in all teams."""
    built = assembly(name)
    platform = load(built.platform_file)
    assert platform.organization_id is not None
    templates = ConcreteTemplates(built.templates, built.environments)
    world = World(templates, organization=platform.organization_id, region=platform.region)
    roles: dict[tuple[str, str], tuple[str, Role]] = {}
    for arn, role in world.roles.items():
        team = _team(arn, world)
        if team is not None:
            roles.setdefault((role.tags.get("persona") or arn.rpartition(".")[2], role.account), (team, role))
    asked: list[Request] = []
    for team, action, resource in _resources(world):
        for theirs, role in roles.values():
            if theirs != team:
                through = {"kms:ViaService": f"s3.{world.region}.amazonaws.com"} if action.startswith("kms:") else {}
                given = {**_BEST, **through}
                asked.append(
                    request(
                        world, role=role, action=action, resource=resource, network=None, given=_known(action, given)
                    )
                )
    assert len(asked) > 500
    assert _allowed(world, asked) == []


def test_who_approves_one_model_decides_about_no_other(assembly: Callable[[str], Assembly]) -> None:
    """Each model's role and each model's group, of one team and of all: only one's own."""
    built = assembly("several_accounts")
    platform = load(built.platform_file)
    assert platform.organization_id is not None
    templates = ConcreteTemplates(built.templates, built.environments)
    world = World(templates, organization=platform.organization_id, region=platform.region)
    names, given = platform.addresses, {"sagemaker:ModelApprovalStatus": "Approved"}
    models = [(team.name, model.name) for team in platform.teams for model in team.models]
    assert len({team for team, _ in models}) < len(models), "a team has two"
    asked: dict[bool, list[Request]] = {True: [], False: []}
    for team, model in models:
        role = world.roles[names.model_role(names.tooling, team, model, "approve")]
        for other, version in ((each, names.packages(*each).replace("*", "7")) for each in models):
            asked[other == (team, model)].append(
                request(
                    world,
                    role=role,
                    action="sagemaker:UpdateModelPackage",
                    resource=version,
                    network=None,
                    given=given,
                )
            )
    assert len(_allowed(world, asked[True])) == len(models)
    assert _allowed(world, asked[False]) == []


def _known(action: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that AWS supplies for the action."""
    service = action.partition(":")[0]
    return {key: value for key, value in given.items() if key.partition(":")[0] in (service, "aws")}


def _resources(world: World) -> Iterator[tuple[str, str, str]]:
    """Each right on each resource of a team's stacks: the team, the action, the ARN."""
    for stack, template in world.templates.templates.items():
        _, is_a_teams, team = stack.partition("-team-")
        for name, resource in template["Resources"].items():
            if not is_a_teams or resource["Type"] not in RIGHTS:
                continue
            arn = world.templates.arn(stack, name)
            yield from ((team, action, arn) for action in RIGHTS[resource["Type"]])
            if resource["Type"] == "AWS::S3::Bucket":
                yield from ((team, action, f"{arn}/{zone}") for action in _OBJECTS for zone in _ZONES[::3])
