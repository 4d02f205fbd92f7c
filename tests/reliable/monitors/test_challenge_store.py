"""Requests for candidates: production's monitors write them, the model's own pipeline reads them, and nobody else."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import Statement, import_bucket
from mlops_stages.foundation.statement import policy_document
from mlops_stages.platform import Addresses
from mlops_stages.platform.names import MODEL_NAME_LONGEST, PLATFORM_NAME_LONGEST, TEAM_NAME_LONGEST
from mlops_stages.platform.retraining import MOST_RETRAINED_MODELS
from mlops_stages.reliable.monitors import ChallengeStore
from mlops_stages.reliable.monitors.challenge_store import KEEP_DAYS
from mlops_stages.reliable.serving_account import actions_in_use
from mlops_stages.repeatable import read_requests, shared_requests
from mlops_stages.repeatable.shared_requests import CHALLENGES
from mlops_stages.runtime import findings
from mlops_stages.runtime.monitor_runs import days
from mlops_stages.runtime.monitor_runs.days import run_day
from mlops_stages.runtime.monitor_runs.settings import VARIABLE
from tests.foundation.built import ORGANIZATION, Built, Json, built, refused, resolved
from tests.foundation.judge import Caller
from tests.reliable import serving
from tests.reliable.decisions.test_team_decisions import a_model, a_team
from tests.reliable.monitors.test_model_monitor import TERMS
from tests.reliable.serving import DEVELOPMENT, HERE, PRODUCTION, SERVED, TOOLING
from tests.runtime.monitor_runs.given import SETTINGS

ADDRESSES = replace(serving.ADDRESSES, production=PRODUCTION)
BUCKET = f"arn:aws:s3:::acme-fraud-challenges-{PRODUCTION}"
KEY = f"arn:aws:kms:eu-west-1:{PRODUCTION}:key/0123"
ALIAS = "alias/acme/fraud/challenges"
OWN, OTHER = (
    f"challenges/endpoint=fraud-{model}-production/utc_day=2026-11-27/requests.csv.gz"
    for model in ("card-fraud", "refunds")
)
FOUND = OWN.replace("requests.csv.gz", "findings.json")
THROUGH_S3: Json = {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}
MOST_CHARACTERS_OF_A_BUCKETS_POLICY = 20 * 1024


def a_store(
    stack: Stack,
    *models: str,
    addresses: Addresses = ADDRESSES,
    perimeter: Any = HERE,  # noqa: ANN401 - a perimeter
) -> ChallengeStore:
    return ChallengeStore(
        stack,
        "Challenges",
        perimeter=perimeter,
        addresses=addresses,
        team="fraud",
        models=models or ("card-fraud", "refunds"),
        access_log_bucket=import_bucket(stack, "Logs", name="access-logs"),
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_store)


def bucket_policy(found: Built) -> Json:
    (name,) = found.resources("AWS::S3::Bucket")
    (key,) = found.resources("AWS::KMS::Key")
    return resolved(found.one("AWS::S3::BucketPolicy")["PolicyDocument"], {f"{name}.Arn": BUCKET, f"{key}.Arn": KEY})


class Role:
    """A role of the team, by its model and duty, and what a policy says to it."""

    def __init__(
        self,
        duty: str = "pipeline",
        model: str = "card-fraud",
        *,
        account: str = DEVELOPMENT,
        organization: str = ORGANIZATION,
    ) -> None:
        role = f"acme/fraud/acme-{model}.{duty}"
        self._arn = f"arn:aws:iam::{account}:role/{role}"
        self._caller = Caller(account=account, organization=organization, role=role)

    def passes(self, policy: Json, action: str, resource: str = "*", **context: Any) -> str:  # noqa: ANN401
        return self._caller.passes(policy, action, resource, aws__PrincipalArn=self._arn, **context)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_functions_write_where_pipelines_read() -> None:
    assert days.CHALLENGES == CHALLENGES
    assert (findings.CHALLENGES, findings.FILE) == (CHALLENGES, shared_requests.FINDINGS)
    assert run_day(replace(SETTINGS, endpoint="fraud-card-fraud-production"), "2026-11-27T05:30:00Z").requests == OWN


def test_it_has_the_names_that_development_knows_and_forgets_after_a_month(found: Built) -> None:
    bucket = found.one("AWS::S3::Bucket")
    assert bucket["BucketName"] == f"acme-fraud-challenges-{PRODUCTION}"
    assert found.one("AWS::KMS::Alias")["AliasName"] == ALIAS
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (KEEP_DAYS, {"NoncurrentDays": 1})
    assert "ObjectLockEnabled" not in bucket


def test_the_bucket_lets_the_models_pipeline_list_and_read_its_requests_alone(found: Built) -> None:
    policy, pipeline = bucket_policy(found), Role()
    assert pipeline.passes(policy, "s3:GetObject", f"{BUCKET}/{OWN}") == "Allow"
    assert pipeline.passes(policy, "s3:GetBucketLocation", BUCKET) == "Allow"
    assert pipeline.passes(policy, "s3:ListBucket", BUCKET, s3__prefix=OWN) == "Allow"
    for key in (OTHER, "challenges/x", f"challenges/endpoint=fraud-card-fraud-production-2/{OWN}"):
        assert pipeline.passes(policy, "s3:GetObject", f"{BUCKET}/{key}") == "ImplicitDeny", key
        assert pipeline.passes(policy, "s3:ListBucket", BUCKET, s3__prefix=key) == "ImplicitDeny", key
    assert pipeline.passes(policy, "s3:ListBucket", BUCKET) == "ImplicitDeny"
    assert pipeline.passes(policy, "s3:GetObjectVersion", f"{BUCKET}/{OWN}") == "ImplicitDeny"
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert pipeline.passes(policy, action, f"{BUCKET}/{OWN}") == "Deny"


@pytest.mark.parametrize(
    "other",
    [
        Role(model="refunds"),
        Role("train"),
        Role(account=TOOLING),
        Role("retrain", model="refunds", account=TOOLING),
        Role("promote", account=TOOLING),
        Role("retrain"),
        Role(organization="o-stranger00"),
        Role("read-decisions-production", account=PRODUCTION),
    ],
)
def test_nobody_else_reads_them(found: Built, other: Role) -> None:
    policy = bucket_policy(found)
    assert other.passes(policy, "s3:GetObject", f"{BUCKET}/{OWN}") != "Allow"
    assert other.passes(policy, "s3:ListBucket", BUCKET, s3__prefix=OWN) != "Allow"


def test_the_bucket_lets_the_models_retraining_list_and_read_its_folder_alone(found: Built) -> None:
    policy, retraining = bucket_policy(found), Role("retrain", account=TOOLING)
    assert retraining.passes(policy, "s3:GetObject", f"{BUCKET}/{FOUND}") == "Allow"
    assert retraining.passes(policy, "s3:ListBucket", BUCKET, s3__prefix=FOUND) == "Allow"
    assert retraining.passes(policy, "s3:GetObject", f"{BUCKET}/{OTHER}") == "ImplicitDeny"
    assert retraining.passes(policy, "s3:ListBucket", BUCKET) == "ImplicitDeny"
    assert retraining.passes(policy, "s3:GetBucketLocation", BUCKET) == "ImplicitDeny"
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert retraining.passes(policy, action, f"{BUCKET}/{FOUND}") == "Deny"


def test_the_monitors_of_the_model_write_its_part_and_nobody_else_does(found: Built) -> None:
    policy = bucket_policy(found)
    monitor, another = (Role("monitor-production", model, account=PRODUCTION) for model in ("card-fraud", "refunds"))
    assert monitor.passes(policy, "s3:PutObject", f"{BUCKET}/{OWN}") == "ImplicitDeny"  # its own policy allows it
    assert another.passes(policy, "s3:PutObject", f"{BUCKET}/{OWN}") == "Deny"
    administrator = Role("administer", account=PRODUCTION)
    for key in (OWN, "anything"):
        assert administrator.passes(policy, "s3:PutObject", f"{BUCKET}/{key}") == "Deny"
    assert monitor.passes(policy, "s3:DeleteObject", f"{BUCKET}/{OWN}") == "Deny"


def test_the_key_lets_pipelines_and_retraining_decrypt_through_s3_only(found: Built) -> None:
    policy = found.one("AWS::KMS::Key")["KeyPolicy"]
    for role in (
        Role(duty, model, account=account)
        for model in ("card-fraud", "refunds")
        for duty, account in (("pipeline", DEVELOPMENT), ("retrain", TOOLING))
    ):
        assert role.passes(policy, "kms:Decrypt", **THROUGH_S3) == "Allow"
        assert role.passes(policy, "kms:Decrypt") == "ImplicitDeny"
        assert role.passes(policy, "kms:GenerateDataKey", **THROUGH_S3) == "ImplicitDeny"
    for other in (Role("train"), Role(model="churn"), Role(account=TOOLING), Role(organization="o-stranger00")):
        assert other.passes(policy, "kms:Decrypt", **THROUGH_S3) == "ImplicitDeny"


def test_a_pipelines_role_reads_the_requests_of_its_model_alone() -> None:
    statements = read_requests(ADDRESSES, "fraud", "card-fraud")
    pipeline = Caller(policies=[policy_document(statements)], account=DEVELOPMENT)
    assert pipeline.may("s3:GetObject", f"{BUCKET}/{OWN}")
    assert pipeline.may("s3:ListBucket", BUCKET, s3__prefix=OWN)
    assert pipeline.may("s3:GetBucketLocation", BUCKET)
    assert pipeline.may("kms:Decrypt", KEY, kms__ResourceAliases=[ALIAS], **THROUGH_S3)
    assert not pipeline.may("kms:Decrypt", KEY, kms__ResourceAliases=[ALIAS])
    assert not pipeline.may("kms:Decrypt", KEY, kms__ResourceAliases=["alias/acme/fraud/serving"], **THROUGH_S3)
    assert not pipeline.may("kms:Decrypt", KEY.replace(PRODUCTION, TOOLING), kms__ResourceAliases=[ALIAS], **THROUGH_S3)
    assert not pipeline.may("s3:GetObject", f"{BUCKET}/{OTHER}")
    assert not pipeline.may("s3:ListBucket", BUCKET, s3__prefix=OTHER)
    assert not pipeline.may("s3:ListBucket", BUCKET)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"):
        assert not pipeline.may(action, f"{BUCKET}/{OWN}")


def test_in_one_account_the_roles_own_policy_decides_about_the_key() -> None:
    addresses = replace(ADDRESSES, development=PRODUCTION, tooling=PRODUCTION, organization_id=None)
    perimeter = replace(HERE, organization_id=None)
    alone = built(lambda stack: a_store(stack, addresses=addresses, perimeter=perimeter))
    policy, pipeline = alone.one("AWS::KMS::Key")["KeyPolicy"], Role(account=PRODUCTION)
    through = {**THROUGH_S3, "kms__CallerAccount": PRODUCTION}
    assert pipeline.passes(policy, "kms:Decrypt", **through) == "Allow"
    assert "pipeline" not in json.dumps(policy)
    assert pipeline.passes(bucket_policy(alone), "s3:GetObject", f"{BUCKET}/{OWN}") == "Allow"
    assert pipeline.passes(bucket_policy(alone), "s3:PutObject", f"{BUCKET}/{OWN}") == "Deny"


def test_names_that_read_alike_have_statements_of_their_own() -> None:
    alike = built(lambda stack: a_store(stack, "card-1", "card1"))
    sids = [each["Sid"] for each in bucket_policy(alike)["Statement"]]
    assert len({*sids}) == len(sids)


@pytest.mark.parametrize("models", [("",) * 2, ("card-fraud", "card-fraud")])
def test_a_model_twice_is_refused(models: Sequence[str]) -> None:
    message, _ = refused(lambda stack: a_store(stack, *models))
    assert message.startswith("REL-081: Challenges: ")


def test_as_many_models_as_there_may_be_fit_the_buckets_policy() -> None:
    longest = replace(
        ADDRESSES,
        partition="aws-us-gov",
        platform="p" * PLATFORM_NAME_LONGEST,
        region="ap-southeast-1",
        organization_id=f"o-{'a' * 32}",
    )
    perimeter = replace(HERE, partition="aws-us-gov", organization_id=longest.organization_id)
    names = [f"{number:x}".rjust(MODEL_NAME_LONGEST, "m") for number in range(MOST_RETRAINED_MODELS)]
    largest = built(
        lambda stack: ChallengeStore(
            stack,
            "Challenges",
            perimeter=perimeter,
            addresses=longest,
            team="t" * TEAM_NAME_LONGEST,
            models=names,
            access_log_bucket=import_bucket(stack, "Logs", name="access-logs"),
        )
    )
    (name,) = largest.resources("AWS::S3::Bucket")
    bucket = f"arn:aws-us-gov:s3:::{longest.challenges_bucket('t' * TEAM_NAME_LONGEST)}"
    (key,) = largest.resources("AWS::KMS::Key")
    policy = resolved(
        largest.one("AWS::S3::BucketPolicy")["PolicyDocument"], {f"{name}.Arn": bucket, f"{key}.Arn": KEY}
    )
    assert len(json.dumps(policy, separators=(",", ":"))) < MOST_CHARACTERS_OF_A_BUCKETS_POLICY


# A team of which one model is retrained


LIST = Statement(
    sid="ListVersions",
    actions=["sagemaker:ListModelPackages"],
    resources=["arn:aws:sagemaker:eu-west-1:333333333333:model-package-group/fraud-card-fraud"],
)


@pytest.fixture(scope="module")
def team() -> Built:
    terms = replace(TERMS, drift=None, better_by=0.01, list_candidates=(LIST,))
    served = replace(SERVED, addresses=ADDRESSES)
    refunds = a_model(served=replace(served, model="refunds"), monitors=replace(TERMS, better_by=None))
    return built(lambda stack: a_team(stack, a_model(served=served, monitors=terms), refunds))


def test_the_packs_find_nothing_in_a_team_that_is_retrained(team: Built) -> None:
    assert team.findings == ()


def test_the_function_is_told_where_requests_go_and_by_how_much_a_candidate_must_be_better(team: Built) -> None:
    functions = {each["FunctionName"]: each for each in team.all("AWS::Lambda::Function")}
    (bucket,) = [name for name in team.resources("AWS::S3::Bucket") if "Challenges" in name]
    told, other = (
        resolved(functions[f"acme-{model}-production-monitors"]["Environment"]["Variables"][VARIABLE], {bucket: "b"})
        for model in ("card-fraud", "refunds")
    )
    assert json.loads(told)["retraining"] == {"bucket": "b", "margin": 0.01}
    assert json.loads(told)["inputs"] == "amount:n,country:c"
    assert json.loads(told)["evaluations"]
    assert json.loads(other)["retraining"] is None


def test_the_role_of_the_monitors_keeps_its_own_requests_and_lists_candidates(team: Built) -> None:
    policies = [
        each["PolicyDocument"]
        for each in team.all("AWS::IAM::ManagedPolicy")
        if "KeepRequests" in json.dumps(each["PolicyDocument"])
    ]
    (key,) = [name for name in team.resources("AWS::KMS::Key") if "Challenges" in name]
    role = Caller(policies=resolved(policies, {f"{key}.Arn": KEY}), account=PRODUCTION)
    assert role.may("s3:PutObject", f"{BUCKET}/{OWN}")
    assert role.may("s3:GetObject", f"{BUCKET}/{OWN}")
    assert role.may("kms:GenerateDataKey", KEY)
    assert role.may("sagemaker:ListModelPackages", LIST.resources[0])
    assert not role.may("s3:PutObject", f"{BUCKET}/{OTHER}")
    assert not role.may("s3:DeleteObject", f"{BUCKET}/{OWN}")
    assert "ReadEvaluations" in json.dumps(team.all("AWS::IAM::ManagedPolicy"))


def test_its_role_stays_within_the_accounts_boundary(team: Built) -> None:
    used = {
        action
        for policy in team.all("AWS::IAM::ManagedPolicy")
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
        for action in each["Action"]
    }
    assert used <= set(actions_in_use())


def test_without_retraining_there_is_no_such_store() -> None:
    without = built(lambda stack: a_team(stack, a_model(monitors=TERMS)))
    assert not [name for name in without.resources("AWS::S3::Bucket") if "Challenges" in name]
