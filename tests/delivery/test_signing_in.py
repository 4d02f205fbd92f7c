"""Jobs of the platform's repository at the local AWS: who gets in, and how far."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from mlops_stages.delivery import troubles, write_deployed
from mlops_stages.foundation import Perimeter
from mlops_stages.platform import Addresses, Purpose
from mlops_stages.preflight import UserAccess
from mlops_stages.reliable.delivery import Bootstrap, DeliveringRepository, PlatformDelivery
from mlops_stages.review.permissions import compare, read
from tests.delivery.staging import Staging, role, with_account
from tests.foundation.built import built
from tests.local.clients import REGION, Credentials, LocalAws, allow, policy, refusal
from tests.local.stacks import Stack, resource
from tests.repeatable.tooling import ADDRESSES

GITHUB, GITLAB = "token.actions.githubusercontent.com", "gitlab.com"
BOUNDARY = "acme-tooling-boundary"
MAIN = "repo:acme/platform:ref:refs/heads/main"
PROJECT = "project_path:acme/platform:ref_type:branch:ref:main"
ON_GITLAB = {"namespace_id": "1", "project_id": "9", "ref_protected": "true", "pipeline_source": "parent_pipeline"}
STEPS = ("review", "deliver-staging", "deliver-production")


@dataclass(frozen=True)
class Delivery:
    """A deployed delivery: the tooling account with its roles, staging's with two roles as the bootstrap makes them."""

    aws: LocalAws
    addresses: Addresses

    def job(self, step: str, sub: str, ref: str = "refs/heads/main", **more: str) -> tuple[int, Any]:
        """What a job with these claims is answered."""
        return self.token(step, GITHUB, {"sub": sub, "ref": ref, "repository_id": "9", **more})

    def token(self, step: str, provider: str, claims: Mapping[str, str]) -> tuple[int, Any]:
        """What the bearer of a token is answered, which is made for AWS unless it says otherwise."""
        told = {"provider": provider, "claims": {"aud": "sts.amazonaws.com", **claims}}
        request = {"role_arn": self.addresses.delivery_role(step), "web_identity": told}
        return self.aws.ask("POST", "/_mlops-stages/sessions", request)

    def credentials(self, step: str, sub: str) -> Credentials:
        """Those of a job that is let in."""
        status, given = self.job(step, sub)
        assert status == 200, given
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def bootstrap_role(aws: LocalAws, account: str, kind: str, tooling: str, *statements: Mapping[str, Any]) -> str:
    """A role as `cdk bootstrap --trust` makes it."""
    name = f"cdk-hnb659fds-{kind}-{account}-{REGION}"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{tooling}:root"}, "Action": "sts:AssumeRole"}
    iam = aws.client("iam", account)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(*statements))
    return str(arn)


def a_number() -> str:
    """The number of an account that no other test uses."""
    return str(100_000_000_000 + secrets.randbelow(800_000_000_000))


@pytest.fixture(scope="module")
def staging(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Staging:
    return with_account(local_aws, a_number(), tmp_path_factory.mktemp("delivery"))


@pytest.fixture(scope="module")
def delivery(local_aws: LocalAws, staging: Staging) -> Delivery:
    found = deployed(local_aws, staging, "github")
    look = allow("cloudformation:DescribeStacks", "cloudformation:GetTemplate", "cloudformation:ListStackResources")
    tooling = found.addresses.tooling
    bootstrap_role(local_aws, staging.account, "lookup-role", tooling, look)
    bootstrap_role(local_aws, staging.account, "deploy-role", tooling, allow("cloudformation:DescribeStacks"))
    return found


@pytest.fixture(scope="module")
def at_gitlab(local_aws: LocalAws, staging: Staging) -> Delivery:
    return deployed(local_aws, staging, "gitlab")


def deployed(local_aws: LocalAws, staging: Staging, provider: Literal["github", "gitlab"]) -> Delivery:
    """A delivery in a tooling account of its own."""
    tooling = a_number()
    repository = DeliveringRepository(provider=provider, owner="acme", name="platform", owner_id="1", repository_id="9")
    addresses = replace(ADDRESSES, tooling=tooling, staging=staging.account, production=staging.account)
    perimeter = Perimeter(partition="aws", account=tooling, region=REGION, platform_accounts=[staging.account])
    found = built(
        lambda stack: PlatformDelivery(
            stack,
            "Delivery",
            perimeter=perimeter,
            addresses=addresses,
            repository=repository,
            bootstrap=Bootstrap(qualifier="hnb659fds", partition="aws", region=REGION),
            accounts=[staging.account],
            owner="platform@acme.example",
            permissions_boundary_arn=f"arn:aws:iam::{tooling}:policy/{BOUNDARY}",
        )
    )
    host = GITLAB if provider == "gitlab" else GITHUB
    most = allow("sts:AssumeRole", "sns:Publish", "kms:Decrypt", "kms:GenerateDataKey", "cloudformation:GetTemplate")
    Stack(local_aws, tooling).create(
        {
            "Provider": resource("AWS::IAM::OIDCProvider", Url=f"https://{host}", ClientIdList=["sts.amazonaws.com"]),
            "Boundary": resource(
                "AWS::IAM::ManagedPolicy",
                ManagedPolicyName=BOUNDARY,
                PolicyDocument={"Version": "2012-10-17", "Statement": [most]},
            ),
        }
    )
    Stack(local_aws, tooling).create(found.body["Resources"])
    return Delivery(local_aws, addresses)


@pytest.mark.parametrize(
    ("step", "claims"),
    [
        ("review", {"sub": "repo:acme/platform:ref:refs/heads/other", "ref": "refs/heads/other"}),
        ("review", {"sub": "repo:acme/platform:pull_request", "ref": "refs/pull/1/merge"}),
        ("review", {"sub": MAIN, "repository_id": "10"}),
        ("deliver-production", {"sub": MAIN}),
        ("deliver-production", {"sub": "repo:acme/platform:environment:staging"}),
        ("deliver-production", {"sub": "repo:acme/platform:environment:production", "ref": "refs/heads/other"}),
        ("deliver-staging", {"sub": "repo:acme/fraud-model:environment:staging"}),
    ],
    ids=["branch", "pull request", "repository", "no environment", "environment", "branch of environment", "team"],
)
def test_a_job_that_is_not_of_the_step_is_refused(delivery: Delivery, step: str, claims: dict[str, str]) -> None:
    status, said = delivery.job(step, **claims)
    assert (status, said["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("step", "at"),
    [
        ("review", "environment_protected:false:deployment_tier:development"),
        ("deliver-staging", "environment_protected:false:deployment_tier:staging"),
        ("deliver-production", "environment_protected:true:deployment_tier:production"),
    ],
)
def test_a_job_at_gitlab_becomes_the_role_of_its_environment_and_no_other(
    at_gitlab: Delivery, step: str, at: str
) -> None:
    claims = {**ON_GITLAB, "sub": f"{PROJECT}:{at}"}
    let_in = {each for each in STEPS if at_gitlab.token(each, GITLAB, claims)[0] == 200}
    assert let_in == {step}


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": PROJECT},
        {"sub": f"{PROJECT}:environment_protected:false:deployment_tier:production"},
        {"sub": f"{PROJECT.replace('branch', 'tag')}:environment_protected:true:deployment_tier:production"},
        {"sub": f"{PROJECT}2:environment_protected:true:deployment_tier:production"},
        {"ref_protected": "false"},
        {"project_id": "10"},
        {"namespace_id": "2"},
        {"pipeline_source": "push"},
        {"pipeline_source": "web"},
        {"aud": "https://gitlab.com"},
    ],
    ids=[
        "subject as GitLab writes it by itself",
        "environment that asks nobody",
        "tag",
        "branch",
        "unprotected branch",
        "project of the same path",
        "group of the same path",
        "pipeline that has not compared",
        "pipeline that somebody started",
        "token for another service",
    ],
)
def test_a_job_at_gitlab_that_is_not_of_the_step_is_refused(at_gitlab: Delivery, claims: dict[str, str]) -> None:
    production = f"{PROJECT}:environment_protected:true:deployment_tier:production"
    status, said = at_gitlab.token("deliver-production", GITLAB, {**ON_GITLAB, "sub": production, **claims})
    assert (status, said["code"]) in ((403, "AccessDenied"), (400, "InvalidIdentityToken"))


def test_the_gate_runs_as_review_and_changes_nothing(
    delivery: Delivery, staging: Staging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging.deploy("staging", {"Role": role("s3:GetObject")})
    plan = staging.synthesize(staging={"Role": role("s3:GetObject", "s3:PutObject")})
    mine = delivery.credentials("review", MAIN)
    sign_in(monkeypatch, delivery.aws, mine)
    lookup = f"arn:aws:iam::{staging.account}:role/cdk-hnb659fds-lookup-role-{staging.account}-{REGION}"
    access = UserAccess(REGION, profiles={}, lookup_roles={staging.account: lookup}, by_roles_alone=True)
    write_deployed(plan, access, tmp_path / "before")
    assert len(compare(read(tmp_path / "before"), read(staging.directory))) == 1
    assert [each.says for each in troubles(plan, access, Purpose.STAGING)] == [
        "another template is deployed than this assembly's"
    ]
    deploy = lookup.replace("lookup", "deploy")
    refusal(lambda: delivery.aws.assume(deploy, mine))
    refusal(lambda: delivery.aws.client("cloudformation", mine).describe_stacks())


def test_review_tells_the_owner_through_the_encrypted_topic(delivery: Delivery) -> None:
    sns = delivery.aws.client("sns", delivery.credentials("review", MAIN))
    assert sns.publish(TopicArn=delivery.addresses.delivery_topic, Message="failed")["MessageId"]
    deploys = delivery.credentials("deliver-production", "repo:acme/platform:environment:production")
    refusal(
        lambda: delivery.aws.client("sns", deploys).publish(TopicArn=delivery.addresses.delivery_topic, Message="done"),
        code="AuthorizationError",
    )


def test_a_delivery_takes_on_the_bootstraps_roles_alone(delivery: Delivery, staging: Staging) -> None:
    for environment in ("staging", "production"):
        mine = delivery.credentials(f"deliver-{environment}", f"repo:acme/platform:environment:{environment}")
        deploy = f"arn:aws:iam::{staging.account}:role/cdk-hnb659fds-deploy-role-{staging.account}-{REGION}"
        assert delivery.aws.assume(deploy, mine)
        refusal(lambda deploy=deploy, mine=mine: delivery.aws.assume(deploy.replace("deploy", "lookup"), mine))


def sign_in(monkeypatch: pytest.MonkeyPatch, aws: LocalAws, who: Credentials) -> None:
    """Have boto3 find these credentials, and the local AWS, as a job's shell has them."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", who.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", who.secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", who.token or "")
    monkeypatch.setenv("AWS_REGION", REGION)
