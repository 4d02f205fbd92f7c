"""TeamServing: what a team has where its models serve, before anything is released."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, StandardTags, import_bucket
from mlops_stages.platform import DataClassification
from mlops_stages.reliable import HostedModel, Instances, Serverless, TeamServing
from mlops_stages.reliable.notices import Escalation
from mlops_stages.reliable.serving_account import actions_in_use
from mlops_stages.runtime.decisions.settings import Input
from tests.foundation.built import NETWORK, Built, built, refused
from tests.reliable.serving import ADDRESSES, BATCH, BOUNDARY, EXPERIMENTATION, FIXED, HERE, OWNER, PRODUCTION, SCALING

CARD_FRAUD = HostedModel(
    name="card-fraud",
    owner=OWNER,
    classification=DataClassification.CONFIDENTIAL,
    runs_on=SCALING,
    callers=[OWNER, "mel@acme.example"],
)
MODELS = [
    CARD_FRAUD,
    HostedModel(name="refunds", owner=OWNER, classification=DataClassification.INTERNAL, runs_on=BATCH),
    HostedModel(
        name="chargebacks",
        owner=OWNER,
        classification=DataClassification.INTERNAL,
        runs_on=Instances(type="ml.g5.xlarge", minimum=2),
    ),
    HostedModel(
        name="timetable",
        owner=OWNER,
        classification=DataClassification.PUBLIC,
        runs_on=Serverless(unprotected_because="public timetables, in and out"),
    ),
]
ROLES = ("cloudformation", "deploy", "serve")
TAGS = StandardTags(team="fraud", stage="reliable", cost_center="4711")


def a_team(stack: Stack, **options: Any) -> TeamServing:  # noqa: ANN401 - each test names a real option
    """Team fraud in production."""
    given: dict[str, Any] = {
        "team": "fraud",
        "environment": "production",
        "addresses": replace(ADDRESSES, production=PRODUCTION),
        "perimeter": HERE,
        "permissions_boundary_arn": BOUNDARY,
        "access_log_bucket": import_bucket(stack, "AccessLogs", name="access-logs"),
        "network": NETWORK,
        "models": MODELS,
        "is_tried": False,
        "sign_in": IamSignIn(account=EXPERIMENTATION),
        "tags": TAGS,
    }
    TAGS.apply(stack)
    return TeamServing(stack, "Team", **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_each_model_has_its_roles_and_a_group_where_it_has_instances(found: Built) -> None:
    names = {role["RoleName"] for role in found.all("AWS::IAM::Role")}
    of_people = {"acme-card-fraud.invoke-production"}
    assert names == of_people | {f"acme-{model.name}.{duty}-production" for model in MODELS for duty in ROLES}
    assert found.types["AWS::EC2::SecurityGroup"] == 3


def test_decisions_are_kept_by_classification_and_by_no_model_without_instances(found: Built) -> None:
    aliases = {each["AliasName"] for each in found.all("AWS::KMS::Alias")}
    assert aliases == {
        "alias/acme/fraud/serving/production",
        "alias/acme/fraud/capture/production/internal",
        "alias/acme/fraud/capture/production/confidential",
    }
    assert found.types["AWS::S3::Bucket"] == 2


def test_what_is_a_models_is_tagged_for_it(found: Built) -> None:
    for role in found.all("AWS::IAM::Role"):
        tags = {tag["Key"]: tag["Value"] for tag in role["Tags"]}
        assert role["RoleName"].startswith(f"acme-{tags['model']}.")
        (model,) = (each for each in MODELS if each.name == tags["model"])
        assert tags["data-classification"] == model.classification


def test_every_role_stays_within_the_accounts_boundary(found: Built) -> None:
    used = {
        action
        for policy in found.all("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    assert used <= set(actions_in_use())


def test_another_model_changes_only_what_is_its_own() -> None:
    one, more = (built(lambda stack, n=n: a_team(stack, models=MODELS[:n])) for n in (1, 2))
    before, after = one.body["Resources"], more.body["Resources"]
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("models", [[], [CARD_FRAUD, replace(CARD_FRAUD, runs_on=FIXED)]])
def test_a_team_without_a_model_or_with_one_twice_is_refused(models: list[HostedModel]) -> None:
    message, created = refused(lambda stack: a_team(stack, models=models))
    assert message.startswith("REL-044: ")
    assert created == ["Alone/AccessLogs"]


ASKED = replace(CARD_FRAUD, inputs=[Input(name="amount", type="number")])


def test_decisions_that_are_read_without_anybody_who_is_told_next_are_refused() -> None:
    message, _ = refused(lambda stack: a_team(stack, models=[ASKED]))
    assert message.startswith("REL-045: ")


def test_what_tells_of_alarms_uses_the_key_through_sns() -> None:
    told = replace(ASKED, runbook="docs", escalation=Escalation(minutes=240, others=["lena@acme.example"]))
    found = built(lambda stack: a_team(stack, models=[told]))
    (key,) = (each for each in found.all("AWS::KMS::Key") if each["Description"].startswith("Volumes, logs"))
    through = [
        service
        for each in key["KeyPolicy"]["Statement"]
        for service in each.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", ())
    ]
    assert "sns.eu-west-1.amazonaws.com" in through
