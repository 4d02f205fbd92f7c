"""The tooling account, deployed to the local AWS: who gets in, pushes, reads and is refused, across accounts."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace

import pytest

from tests.local.clients import LocalAws, allow, refusal
from tests.local.tooling_account import GITHUB, MAIN, Tooling, deployed
from tests.repeatable.tooling import REPOSITORY

MANIFEST = json.dumps({"schemaVersion": 2, "layers": []})


@pytest.fixture(scope="module")
def tooling(local_aws: LocalAws) -> Tooling:
    return deployed(local_aws)


def test_a_job_of_the_right_repository_and_branch_becomes_ci(tooling: Tooling) -> None:
    who = tooling.aws.client("sts", tooling.ci()).get_caller_identity()
    assert ":assumed-role/acme-arrivals.ci/" in who["Arn"]
    assert who["Account"] == tooling.addresses.tooling


@pytest.mark.parametrize(
    "sub",
    [
        "repo:acme/late-arrival:ref:refs/heads/other",
        "repo:acme/late-arrival:ref:refs/heads/main2",
        "repo:acme/late-arrival:ref:refs/tags/main",
        "repo:acme/late-arrival:pull_request",
        "repo:acme/late-arrival:environment:main",
        "repo:evil/late-arrival:ref:refs/heads/main",
        "repo:acme/card-fraud:ref:refs/heads/main",
        "repo:ACME/late-arrival:ref:refs/heads/main",
        "repo:acme/late-arrival:ref:refs/heads/*",
        "",
    ],
)
def test_a_job_of_another_branch_owner_or_repository_is_refused(tooling: Tooling, sub: str) -> None:
    status, said = tooling.token(sub)
    assert (status, said["code"]) == (403, "AccessDenied")


def test_a_token_made_for_another_service_is_refused(tooling: Tooling) -> None:
    status, said = tooling.token(aud="https://github.com/acme")
    assert (status, said["code"]) == (400, "InvalidIdentityToken")


def test_a_provider_that_the_account_does_not_trust_is_refused(tooling: Tooling) -> None:
    shown = {"provider": "gitlab.com", "claims": {"sub": MAIN, "aud": "sts.amazonaws.com"}}
    request = {"role_arn": tooling.addresses.ci_role("arrivals"), "web_identity": shown}
    status, said = tooling.aws.ask("POST", "/_mlops-stages/sessions", request)
    assert (status, said["code"]) == (400, "InvalidIdentityToken")


def test_no_job_becomes_the_approver_or_a_role_that_is_not_there(tooling: Tooling) -> None:
    for role in (
        tooling.addresses.model_role(tooling.addresses.tooling, "arrivals", "late-arrival", "approve"),
        tooling.addresses.duty_role(tooling.addresses.tooling, "arrivals", "nobody"),
        "nonsense",
    ):
        shown = {"provider": GITHUB, "claims": {"sub": MAIN, "aud": "sts.amazonaws.com"}}
        status, _ = tooling.aws.ask("POST", "/_mlops-stages/sessions", {"role_arn": role, "web_identity": shown})
        assert status == 403


def test_ci_pushes_its_own_images_and_no_others(tooling: Tooling) -> None:
    ecr = tooling.aws.client("ecr", tooling.ci())
    tag = secrets.token_hex(4)
    pushed = ecr.put_image(repositoryName="acme/arrivals/late-arrival", imageManifest=MANIFEST, imageTag=tag)
    assert pushed["image"]["imageId"]["imageTag"] == tag
    refusal(lambda: ecr.put_image(repositoryName="acme/fraud/crew-demand", imageManifest=MANIFEST, imageTag=tag))
    refusal(lambda: ecr.batch_delete_image(repositoryName="acme/arrivals/late-arrival", imageIds=[{"imageTag": tag}]))


def test_a_tag_never_changes_its_image(tooling: Tooling) -> None:
    ecr = tooling.aws.client("ecr", tooling.ci())
    tag = secrets.token_hex(4)
    ecr.put_image(repositoryName="acme/arrivals/late-arrival", imageManifest=MANIFEST, imageTag=tag)
    other = json.dumps({"schemaVersion": 2, "layers": [{}]})
    refusal(
        lambda: ecr.put_image(repositoryName="acme/arrivals/late-arrival", imageManifest=other, imageTag=tag),
        code="ImageTagAlreadyExistsException",
    )


def test_nobody_but_ci_pushes_an_administrator_neither(tooling: Tooling) -> None:
    administrator = tooling.role(tooling.addresses.tooling, allow("ecr:*"))
    for who in (administrator, tooling.ci("repo:acme/card-fraud:ref:refs/heads/main", team="fraud")):
        ecr = tooling.aws.client("ecr", who)
        refusal(lambda ecr=ecr: ecr.put_image(repositoryName="acme/arrivals/late-arrival", imageManifest=MANIFEST))


def test_other_accounts_of_the_platform_pull_and_strangers_do_not(tooling: Tooling) -> None:
    tag = secrets.token_hex(4)
    tooling.aws.client("ecr", tooling.ci()).put_image(
        repositoryName="acme/arrivals/late-arrival", imageManifest=MANIFEST, imageTag=tag
    )
    wanted = {
        "registryId": tooling.addresses.tooling,
        "repositoryName": "acme/arrivals/late-arrival",
        "imageIds": [{"imageTag": tag}],
    }
    team = tooling.role(tooling.addresses.development, allow("ecr:*"), path="/acme/arrivals/")
    for session in (team, tooling.serving()):
        ecr = tooling.aws.client("ecr", session)
        assert len(ecr.batch_get_image(**wanted)["images"]) == 1
        again = {"registryId": tooling.addresses.tooling, "repositoryName": "acme/arrivals/late-arrival"}
        refusal(lambda ecr=ecr, again=again: ecr.put_image(**again, imageManifest=MANIFEST))
    for account, path in ((tooling.addresses.development, "/acme/fraud/"), (tooling.production, "/")):
        other = tooling.aws.client("ecr", tooling.role(account, allow("ecr:*"), path=path))
        refusal(lambda other=other: other.batch_get_image(**wanted))
    stranger = tooling.aws.client("ecr", tooling.role(tooling.stranger, allow("ecr:*")))
    refusal(lambda: stranger.batch_get_image(**wanted))
    refusal(lambda: tooling.aws.client("ecr", tooling.stranger).batch_get_image(**wanted))


def test_a_role_that_may_not_pull_by_its_own_policy_does_not(tooling: Tooling) -> None:
    ecr = tooling.aws.client("ecr", tooling.role(tooling.addresses.development, allow("s3:*")))
    refusal(
        lambda: ecr.batch_get_image(
            registryId=tooling.addresses.tooling,
            repositoryName="acme/arrivals/late-arrival",
            imageIds=[{"imageTag": "x"}],
        )
    )


def test_ci_uploads_code_and_a_pipeline_reads_it_and_writes_its_model(tooling: Tooling) -> None:
    bucket = tooling.addresses.artifacts_bucket("arrivals")
    tooling.aws.client("s3", tooling.ci()).put_object(
        Bucket=bucket, Key="code/abc/train.py", Body=b"print()", IfNoneMatch="*"
    )
    s3 = tooling.aws.client("s3", tooling.pipeline())
    assert s3.get_object(Bucket=bucket, Key="code/abc/train.py")["Body"].read() == b"print()"
    alias = tooling.addresses.key_alias_arn(
        tooling.addresses.tooling, tooling.addresses.artifacts_key_alias("arrivals")
    )
    named = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": alias}
    s3.put_object(Bucket=bucket, Key="models/late-arrival/1/model.tar.gz", Body=b"model", **named)
    s3.put_object(Bucket=bucket, Key="models/late-arrival/2/model.tar.gz", Body=b"model")
    refusal(lambda: s3.put_object(Bucket=bucket, Key="code/abc/train.py", Body=b"evil"))
    refusal(lambda: s3.delete_object(Bucket=bucket, Key="models/late-arrival/1/model.tar.gz"))
    other = tooling.aws.client("s3", tooling.role(tooling.production, allow("s3:*", "kms:*")))
    refusal(lambda: other.get_object(Bucket=bucket, Key="models/late-arrival/1/model.tar.gz"))
    production = tooling.aws.client("s3", tooling.serving())
    read = production.get_object(Bucket=bucket, Key="models/late-arrival/1/model.tar.gz")
    assert read["Body"].read() == b"model"
    refusal(lambda: production.get_object(Bucket=bucket, Key="code/abc/train.py"))


def test_ci_of_another_team_reads_no_artifact(tooling: Tooling) -> None:
    bucket = tooling.addresses.artifacts_bucket("arrivals")
    tooling.aws.client("s3", tooling.ci()).put_object(
        Bucket=bucket, Key="code/def/train.py", Body=b"print()", IfNoneMatch="*"
    )
    other = tooling.aws.client("s3", tooling.ci("repo:acme/card-fraud:ref:refs/heads/main", team="fraud"))
    refusal(lambda: other.get_object(Bucket=bucket, Key="code/def/train.py"))
    stranger = tooling.aws.client("s3", tooling.role(tooling.stranger, allow("s3:*", "kms:*")))
    refusal(lambda: stranger.get_object(Bucket=bucket, Key="code/def/train.py"))


def test_own_names_are_nobody_elses_and_all_others_come_from_pypi(tooling: Tooling) -> None:
    packages = tooling.aws.client("codeartifact", tooling.addresses.tooling)

    def modes(package: str) -> dict[str, str]:
        found = packages.get_associated_package_group(domain="acme", format="pypi", package=package)["packageGroup"]
        restrictions = found["originConfiguration"]["restrictions"]
        return {origin: each["effectiveMode"] for origin, each in restrictions.items()}

    own = {"PUBLISH": "ALLOW_SPECIFIC_REPOSITORIES", "EXTERNAL_UPSTREAM": "BLOCK", "INTERNAL_UPSTREAM": "BLOCK"}
    others = {"PUBLISH": "BLOCK", "EXTERNAL_UPSTREAM": "ALLOW_SPECIFIC_REPOSITORIES", "INTERNAL_UPSTREAM": "ALLOW"}
    for package in ("acme", "acme-arrivals", "Acme_Arrivals", "acme.arrivals"):
        assert modes(package) == own
    for package in ("numpy", "acmex", "not-acme"):
        assert modes(package) == others


def test_the_platforms_accounts_sign_in_to_the_packages_and_strangers_do_not(tooling: Tooling) -> None:
    wanted = {"domain": "acme", "domainOwner": tooling.addresses.tooling}
    for account in (tooling.addresses.development, tooling.production):
        packages = tooling.aws.client("codeartifact", tooling.role(account, allow("codeartifact:*")))
        assert packages.get_authorization_token(**wanted)["authorizationToken"]
        endpoint = packages.get_repository_endpoint(**wanted, repository="shared", format="pypi")["repositoryEndpoint"]
        assert endpoint.endswith("/pypi/shared/")
        refusal(lambda packages=packages: packages.delete_repository(**wanted, repository="shared"))
        refusal(
            lambda packages=packages: packages.get_repository_endpoint(**wanted, repository="pypi-store", format="pypi")
        )
    stranger = tooling.aws.client("codeartifact", tooling.role(tooling.stranger, allow("codeartifact:*")))
    refusal(lambda: stranger.get_authorization_token(**wanted))


def test_ci_changes_no_rule_of_the_packages(tooling: Tooling) -> None:
    packages = tooling.aws.client("codeartifact", tooling.ci())
    assert packages.get_authorization_token(domain="acme")["authorizationToken"]
    open_up = {"EXTERNAL_UPSTREAM": "ALLOW"}
    refusal(
        lambda: packages.update_package_group_origin_configuration(
            domain="acme", packageGroup="/pypi//acme~", restrictions=open_up
        )
    )
    refusal(
        lambda: packages.associate_external_connection(
            domain="acme", repository="shared", externalConnection="public:pypi"
        )
    )


def test_a_connection_waits_to_be_confirmed(tooling: Tooling) -> None:
    connections = tooling.aws.client("codeconnections", tooling.addresses.tooling).list_connections()["Connections"]
    assert [(each["ConnectionName"], each["ConnectionStatus"]) for each in connections] == [("acme-github", "PENDING")]


def test_with_githubs_numbers_a_later_repository_of_the_same_name_is_refused(local_aws: LocalAws, account: str) -> None:
    numbered = replace(REPOSITORY, owner_id="123456", repository_id="456789")
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": numbered.claims},
    }
    local_aws.client("iam", account).create_open_id_connect_provider(
        Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"]
    )
    role = local_aws.role(account, trust=trust)

    def shows(**claims: str) -> int:
        shown = {"provider": GITHUB, "claims": {"aud": "sts.amazonaws.com", **claims}}
        return local_aws.ask("POST", "/_mlops-stages/sessions", {"role_arn": role, "web_identity": shown})[0]

    immutable = "repo:acme@123456/late-arrival@456789:ref:refs/heads/main"
    assert shows(sub=MAIN, repository_id="456789") == 200
    assert shows(sub=immutable, repository_id="456789") == 200
    assert shows(sub=MAIN, repository_id="999999") == 403
    assert shows(sub=MAIN) == 403
