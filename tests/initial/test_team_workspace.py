"""TeamWorkspace: everything of one team, and nothing of another's."""

from dataclasses import replace

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IdentityCenterSignIn, Statement
from mlops_stages.foundation.persona_policies import works_in_studio
from mlops_stages.foundation.statement import MANAGED_POLICY_MAX_CHARACTERS, size_in_iam
from mlops_stages.initial import Budget, Person
from mlops_stages.initial.experimentation_account import actions_in_use
from mlops_stages.platform import DataClassification, Persona
from tests.foundation.built import BOUNDARY, HERE, Built, Json, built, refused, resolved, statement
from tests.foundation.judge import Caller
from tests.foundation.personas import unbounded
from tests.initial.given import PEOPLE, a_team

USER = "01234567-89ab-cdef-0123-00000000000"
IN_STUDIO = [person for person in PEOPLE if works_in_studio(person.persona)]


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


def test_everyone_has_a_role_under_the_boundary(found: Built) -> None:
    roles = {role["RoleName"]: role for role in found.all("AWS::IAM::Role") if "RoleName" in role}
    assert set(roles) == {f"acme-fraud-{person.name}" for person in PEOPLE}
    assert {role["PermissionsBoundary"] for role in found.all("AWS::IAM::Role")} == {BOUNDARY}


def test_whoever_works_in_studio_has_a_profile_of_the_teams_name(found: Built) -> None:
    names = {profile["UserProfileName"] for profile in found.all("AWS::SageMaker::UserProfile")}
    assert names == {f"fraud-{person.name}" for person in IN_STUDIO}


def test_whoever_works_in_studio_has_the_teams_data_and_a_business_owner_has_not(found: Built) -> None:
    (work,) = [name for name in found.resources("AWS::IAM::ManagedPolicy") if "Work" in name]
    with_data = {r["RoleName"] for r in found.all("AWS::IAM::Role") if {"Ref": work} in r.get("ManagedPolicyArns", [])}
    assert with_data == {f"acme-fraud-{person.name}" for person in IN_STUDIO}


def test_a_team_of_every_classification_has_a_policy_that_iam_takes(found: Built) -> None:
    made = built(lambda stack: a_team(stack, classifications=tuple(DataClassification)))
    (work,) = [p["PolicyDocument"] for name, p in _managed(made).items() if "Work" in name]
    assert size_in_iam(work) < MANAGED_POLICY_MAX_CHARACTERS * 0.8


def test_a_policy_over_the_size_that_iam_takes_is_refused_and_says_what_to_do() -> None:
    beyond = [
        Statement(
            sid=f"ReadSharedData{n}", actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{'x' * 60}-{n}/*"], why="x"
        )
        for n in range(60)
    ]
    message, _ = refused(lambda stack: a_team(stack, beyond=beyond))
    assert message.startswith("INI-040: Team: the policy of team fraud is larger than IAM takes; give it fewer class")


@pytest.fixture(scope="module")
def member(found: Built) -> Caller:
    """Someone of the team, as far as the team's own policy goes."""
    (work,) = [p["PolicyDocument"] for n, p in _managed(found).items() if "Work" in n]
    names = {f"{name}.Arn": f"arn:aws:s3:::{_class(name)}" for name in found.resources("AWS::S3::Bucket")}
    names |= {f"{name}.Arn": f"key-{_class(name)}" for name in found.resources("AWS::KMS::Key")}
    names |= {f"{name}.Arn": "the-app" for name in found.resources("AWS::SageMaker::MlflowApp")}
    boundary: Json = {
        "Statement": [{"Sid": "All", "Effect": "Allow", "Action": list(actions_in_use()), "Resource": "*"}]
    }
    return Caller(policies=[resolved(work, names)], boundary=boundary)


def _managed(found: Built) -> dict[str, Json]:
    return {name: r["Properties"] for name, r in found.resources("AWS::IAM::ManagedPolicy").items()}


def _class(name: str) -> str:
    return "confidential" if "Confidential" in name else "internal"


@pytest.mark.parametrize("classification", ["internal", "confidential"])
def test_a_member_reads_and_writes_the_teams_data(member: Caller, classification: str) -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert member.may(action, f"arn:aws:s3:::{classification}/raw/file")
    assert member.may("s3:ListBucket", f"arn:aws:s3:::{classification}")
    assert member.may("kms:Decrypt", f"key-{classification}")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::pricing-data/file"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::internal/file"),
        ("s3:DeleteBucket", "arn:aws:s3:::internal"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::internal"),
        ("s3:PutBucketVersioning", "arn:aws:s3:::internal"),
        ("s3:PutLifecycleConfiguration", "arn:aws:s3:::internal"),
        ("kms:Decrypt", "key-of-pricing"),
        ("kms:ScheduleKeyDeletion", "key-internal"),
        ("kms:CreateGrant", "key-internal"),
        ("sagemaker:CallMlflowAppApi", "the-app-of-pricing"),
        ("sagemaker:DeleteMlflowApp", "the-app"),
    ],
)
def test_a_member_does_nothing_beyond(member: Caller, action: str, resource: str) -> None:
    assert not member.may(action, resource)
    assert not unbounded(member).may(action, resource)


def test_a_job_holds_grants_of_the_teams_keys_only_for_aws(member: Caller) -> None:
    assert member.may("kms:CreateGrant", "key-internal", kms__GrantIsForAWSResource="true")


def test_a_member_records_experiments_of_the_team(member: Caller) -> None:
    assert member.may("sagemaker:CallMlflowAppApi", "the-app")


def test_experiments_lie_with_the_most_sensitive_data(found: Built) -> None:
    uri = found.one("AWS::SageMaker::MlflowApp")["ArtifactStoreUri"]
    assert "Confidential" in resolved(uri)


def test_earlier_experiments_stay_readable_where_something_more_sensitive_came_later() -> None:
    """An experiment keeps the place that it began with, so the app keeps its bucket."""
    before = built(lambda stack: a_team(stack, classifications=[DataClassification.INTERNAL]))
    after = built(
        lambda stack: a_team(stack, classifications=[DataClassification.INTERNAL, DataClassification.CONFIDENTIAL])
    )
    first = before.one("AWS::SageMaker::MlflowApp")["ArtifactStoreUri"]
    assert "Internal" in resolved(first)
    assert "Confidential" in resolved(after.one("AWS::SageMaker::MlflowApp")["ArtifactStoreUri"])
    (policy,) = [p["PolicyDocument"] for n, p in _managed(after).items() if "Tracking" in n]
    names = {f"{name}.Arn": f"arn:aws:s3:::{_class(name)}" for name in after.resources("AWS::S3::Bucket")}
    names |= {f"{name}.Arn": f"key-{_class(name)}" for name in after.resources("AWS::KMS::Key")}
    app = Caller(policies=[resolved(policy, names)])
    for classification in ("internal", "confidential"):
        for action in ("s3:GetObject", "s3:PutObject"):
            assert app.may(action, f"arn:aws:s3:::{classification}/mlflow/1/run/artifacts/model")
            assert not app.may(action, f"arn:aws:s3:::{classification}/raw/file")
        assert app.may("s3:ListBucket", f"arn:aws:s3:::{classification}")
        assert app.may("kms:Decrypt", f"key-{classification}")


def test_whoever_has_an_id_in_identity_center_is_assigned_to_studio() -> None:
    """Without the assignment the profile is there and opens for nobody."""
    people = [replace(person, user_id=f"{USER}{n}") for n, person in enumerate(PEOPLE)]
    application = "arn:aws:sso::111111111111:application/ssoins-0123456789abcdef/apl-0123456789abcdef"

    def make(stack: Stack) -> None:
        a_team(stack, people=people, sign_in=IdentityCenterSignIn(), studio_application_arn=application)

    assigned = built(make).all("AWS::SSO::ApplicationAssignment")
    wanted = {person.user_id for person in people if works_in_studio(person.persona)}
    assert {each["PrincipalId"] for each in assigned} == wanted
    assert {(each["ApplicationArn"], each["PrincipalType"]) for each in assigned} == {(application, "USER")}


def test_a_user_whose_address_changes_stays_assigned() -> None:
    """Identity Center refuses a second assignment of a user, and CloudFormation creates before it deletes."""

    def make(stack: Stack, address: str) -> None:
        person = Person(email=f"{address}@acme.example", name=address, persona=Persona.DATA_SCIENTIST, user_id=USER)
        a_team(stack, people=[person], sign_in=IdentityCenterSignIn(), studio_application_arn="arn")

    before, after = (built(lambda stack, name=name: make(stack, name)) for name in ("ann", "ann-lee"))
    kind = "AWS::SSO::ApplicationAssignment"
    assert before.resources(kind) == after.resources(kind) != {}


def test_nobody_is_assigned_whose_id_is_not_known() -> None:
    found = built(lambda stack: a_team(stack, sign_in=IdentityCenterSignIn(), studio_application_arn="arn"))
    assert found.all("AWS::SSO::ApplicationAssignment") == []


def test_the_budget_is_the_teams(found: Built) -> None:
    assert found.one("AWS::Budgets::Budget")["Budget"]["BudgetName"].startswith("acme-fraud-")


def test_identity_center_changes_profiles_and_trust_only(found: Built) -> None:
    other = built(lambda stack: a_team(stack, sign_in=IdentityCenterSignIn()))
    assert other.types == found.types
    assert {p["SingleSignOnUserValue"] for p in other.all("AWS::SageMaker::UserProfile")} == {
        person.email for person in IN_STUDIO
    }


def test_another_member_changes_nobody_elses(found: Built) -> None:
    fewer = built(lambda stack: a_team(stack, people=PEOPLE[1:]))
    assert {name: resource for name, resource in found.body["Resources"].items() if "annlee" not in name} == fewer.body[
        "Resources"
    ]


def test_a_team_without_a_classification_is_refused() -> None:
    message, created = refused(lambda stack: a_team(stack, classifications=[]))
    assert message.startswith("INI-010")
    assert not [path for path in created if "Data/" in path]


def test_a_budget_that_tells_nobody_is_refused() -> None:
    message, _ = refused(lambda stack: a_team(stack, budget=Budget(monthly_usd=1, notify=[])))
    assert message.startswith("INI-030")


@pytest.mark.parametrize("classification", DataClassification)
def test_one_classification_is_enough(classification: DataClassification) -> None:
    alone = built(lambda stack: a_team(stack, classifications=[classification]))
    assert alone.types["AWS::S3::Bucket"] == 1
    assert alone.findings == ()


def test_every_action_is_within_the_accounts_boundary(found: Built) -> None:
    granted = {a for p in _managed(found).values() for s in p["PolicyDocument"]["Statement"] for a in s["Action"]}
    assert granted <= set(actions_in_use())


def test_what_lies_beyond_the_account_is_for_those_who_work_in_studio() -> None:
    shared = Statement(sid="ReadWhatIsShared", actions=["s3:GetObject"], resources=["arn:aws:s3:::elsewhere/one"])
    more = built(lambda stack: a_team(stack, beyond=[shared]))
    (work,) = [policy["PolicyDocument"] for name, policy in _managed(more).items() if "Work" in name]
    assert statement(work, "ReadWhatIsShared")["Resource"] == ["arn:aws:s3:::elsewhere/one"]
    assert "ReadWhatIsShared" not in str([p for name, p in _managed(more).items() if "Work" not in name])


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_a_stack_holds_one_team_whose_parts_it_can_reach() -> None:
    def make(stack: Stack) -> None:
        team = a_team(stack)
        assert team.landing_zone.classifications == (DataClassification.INTERNAL, DataClassification.CONFIDENTIAL)

    assert HERE.account in str(built(make).body)
