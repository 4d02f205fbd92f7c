"""What nobody may do, and what those who serve all teams may: judged by an evaluator that is not ours."""

import pytest

from mlops_stages.platform import Persona
from tests.foundation.built import Json
from tests.foundation.personas import VOLUMES_KEY, caller, unbounded

SCIENTIST, PLATFORM = Persona.DATA_SCIENTIST, Persona.PLATFORM_ENGINEER
OWNER, AUDITOR = Persona.BUSINESS_OWNER, Persona.AUDITOR

PREFIX = "arn:aws:sagemaker:eu-west-1:111111111111:"
ROLES = "arn:aws:iam::111111111111:role"
OWN_ROLE = f"{ROLES}/acme/fraud/acme-fraud-ann"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/99999999-2222-3333-4444-555555555555"
LOGS = "arn:aws:logs:eu-west-1:111111111111:log-group:"
SPACE = f"{PREFIX}space/d-abc/fraud-ann-lab"
APP = f"{PREFIX}app/d-abc/fraud-ann-lab/JupyterLab/default"

FORBIDDEN = (
    ("iam:AttachRolePolicy", OWN_ROLE),
    ("iam:CreateAccessKey", "arn:aws:iam::111111111111:user/ann"),
    ("iam:CreatePolicyVersion", "arn:aws:iam::111111111111:policy/acme-boundary"),
    ("iam:CreateRole", f"{ROLES}/new"),
    ("iam:CreateUser", "arn:aws:iam::111111111111:user/new"),
    ("iam:DeleteRolePermissionsBoundary", OWN_ROLE),
    ("iam:PutRolePermissionsBoundary", OWN_ROLE),
    ("iam:PutRolePolicy", OWN_ROLE),
    ("iam:TagRole", OWN_ROLE),
    ("iam:UntagRole", OWN_ROLE),
    ("iam:UpdateAssumeRolePolicy", OWN_ROLE),
    ("kms:DisableKey", KEY),
    ("kms:PutKeyPolicy", KEY),
    ("kms:ScheduleKeyDeletion", KEY),
    ("s3:DeleteBucket", "arn:aws:s3:::data"),
    ("s3:DeleteObjectVersion", "arn:aws:s3:::data/file"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::data"),
    ("s3:GetObject", "arn:aws:s3:::somebodys-data/file"),
    ("s3:PutObject", "arn:aws:s3:::somebodys-data/file"),
    ("cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:111111111111:trail/acme-audit"),
    ("cloudtrail:DeleteTrail", "arn:aws:cloudtrail:eu-west-1:111111111111:trail/acme-audit"),
    ("logs:DeleteLogGroup", f"{LOGS}acme-audit"),
    ("logs:PutRetentionPolicy", f"{LOGS}acme-audit"),
    ("sagemaker:CreateDomain", f"{PREFIX}domain/new"),
    ("sagemaker:UpdateDomain", f"{PREFIX}domain/d-abc"),
    ("sagemaker:CreateUserProfile", f"{PREFIX}user-profile/d-abc/fraud-ann"),
    ("sagemaker:UpdateUserProfile", f"{PREFIX}user-profile/d-abc/fraud-ann"),
    ("sagemaker:CreateNotebookInstance", f"{PREFIX}notebook-instance/fraud-x"),
    ("sagemaker:CreateEndpoint", f"{PREFIX}endpoint/fraud-x"),
    ("sts:AssumeRole", f"{ROLES}/acme/fraud/acme-fraud-raj"),
    ("secretsmanager:GetSecretValue", "*"),
    ("lambda:CreateFunction", "*"),
    ("budgets:ModifyBudget", "arn:aws:budgets::111111111111:budget/acme-fraud"),
)


@pytest.mark.parametrize(("action", "resource"), FORBIDDEN)
@pytest.mark.parametrize("persona", Persona)
def test_nobody_does_what_would_loosen_the_account(
    people: dict[str, Json], persona: Persona, action: str, resource: str
) -> None:
    someone = caller(people, persona)
    assert not someone.may(action, resource)
    assert not unbounded(someone).may(action, resource)


@pytest.mark.parametrize("persona", [PLATFORM, AUDITOR, OWNER])
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::data/file"),
        ("s3:GetObjectVersion", "arn:aws:s3:::data/file"),
        ("s3:ListBucket", "arn:aws:s3:::data"),
        ("kms:Decrypt", KEY),
        ("kms:Decrypt", VOLUMES_KEY),
        ("sagemaker:CallMlflowAppApi", f"{PREFIX}mlflow-app/app-x"),
        ("sagemaker:CreatePresignedMlflowAppUrl", f"{PREFIX}mlflow-app/app-x"),
    ],
)
def test_who_serves_all_teams_reads_no_data(
    people: dict[str, Json], persona: Persona, action: str, resource: str
) -> None:
    assert not caller(people, persona, team="platform").may(action, resource)


def test_an_auditor_reads_settings_and_records(people: dict[str, Json]) -> None:
    ada = caller(people, AUDITOR, team="platform", person="ada")
    assert ada.may("s3:GetBucketPolicy", "arn:aws:s3:::data")
    assert ada.may("kms:GetKeyPolicy", KEY)
    assert ada.may("iam:GetAccountAuthorizationDetails", region="us-east-1")
    assert ada.may("cloudtrail:LookupEvents")


CHANGES = ("Add", "Call", "Cancel", "Create", "Delete", "Disable", "Enable", "Put", "Start", "Stop", "Tag", "Update")


@pytest.mark.parametrize("persona", [AUDITOR, OWNER])
def test_auditors_and_business_owners_change_nothing(people: dict[str, Json], persona: Persona) -> None:
    granted = [s for policy in caller(people, persona).policies for s in policy["Statement"]]
    assert not [a for s in granted for a in s["Action"] if a.partition(":")[2].startswith(CHANGES)]


def test_a_platform_engineer_stops_what_runs_away_and_starts_nothing(people: dict[str, Json]) -> None:
    paula = caller(people, PLATFORM, team="platform", person="paula")
    assert paula.may("sagemaker:StopTrainingJob", f"{PREFIX}training-job/fraud-churn")
    assert paula.may("sagemaker:DeleteApp", APP)
    assert not paula.may("sagemaker:DeleteSpace", SPACE)
    assert not paula.may("iam:PassRole", OWN_ROLE, iam__PassedToService="sagemaker.amazonaws.com")


def test_costs_are_seen_by_those_who_answer_for_them(people: dict[str, Json]) -> None:
    budget = "arn:aws:budgets::111111111111:budget/acme-fraud"
    for persona in (OWNER, PLATFORM):
        assert caller(people, persona).may("budgets:ViewBudget", budget, region="us-east-1")
        assert caller(people, persona).may("ce:GetCostAndUsage", region="us-east-1")
    assert not caller(people, SCIENTIST).may("ce:GetCostAndUsage", region="us-east-1")


@pytest.mark.parametrize("persona", Persona)
def test_the_boundary_takes_nothing_away_that_a_persona_is_given(people: dict[str, Json], persona: Persona) -> None:
    allowed = {action for s in people["acme-boundary"]["Statement"] for action in s["Action"]}
    statements = [s for policy in caller(people, persona).policies for s in policy["Statement"]]
    granted = {action for s in statements if s["Effect"] == "Allow" for action in s["Action"]}
    assert granted <= allowed
