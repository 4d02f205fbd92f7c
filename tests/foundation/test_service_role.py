"""ServiceRole: one service, for this account, under the boundary."""

import pytest

from mlops_stages.foundation import ServiceRole, Statement
from tests.foundation.built import BOUNDARY, HERE, Built, Json, built, refused
from tests.foundation.judge import Caller, Service

LAMBDA = "lambda.amazonaws.com"
READ = Statement(sid="ReadOneFile", actions=["s3:GetObject"], resources=["arn:aws:s3:::data/file"])
SOURCE = {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:eu-west-1:111111111111:function:x"}}
OWN = {"aws__SourceArn": "arn:aws:lambda:eu-west-1:111111111111:function:x"}


def role(*statements: Statement, trust: dict[str, dict[str, str]] | None = None, hides: bool = False) -> Built:
    return built(
        lambda stack: ServiceRole(
            stack,
            "Role",
            perimeter=HERE,
            service=LAMBDA,
            description="Does one thing",
            permissions_boundary_arn=BOUNDARY,
            statements=statements,
            trust_conditions=trust,
            service_hides_its_source=hides,
        )
    )


def trust_of(found: Built) -> Json:
    return found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]


@pytest.fixture(scope="module")
def found() -> Built:
    return role(READ)


def test_it_is_under_the_boundary(found: Built) -> None:
    assert found.one("AWS::IAM::Role")["PermissionsBoundary"] == BOUNDARY


def test_its_policy_is_managed_so_that_who_refers_to_the_role_waits_for_it(found: Built) -> None:
    (policy,) = found.resources("AWS::IAM::ManagedPolicy")
    assert found.one("AWS::IAM::Role")["ManagedPolicyArns"] == [{"Ref": policy}]
    assert "Policies" not in found.one("AWS::IAM::Role")
    assert found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"] == [READ.to_json()]


def test_a_role_without_statements_may_do_nothing() -> None:
    found = role()
    assert found.types == {"AWS::IAM::Role": 1}
    assert "ManagedPolicyArns" not in found.one("AWS::IAM::Role")


def test_only_the_service_for_this_account_takes_it_on(found: Built) -> None:
    trust = trust_of(found)
    assert Service(principal=LAMBDA).passes(trust, "sts:AssumeRole") == "Allow"
    assert Service(principal=LAMBDA, account="999999999999").passes(trust, "sts:AssumeRole") == "ImplicitDeny"
    assert Service(principal="ec2.amazonaws.com").passes(trust, "sts:AssumeRole") == "ImplicitDeny"
    assert Caller().passes(trust, "sts:AssumeRole") == "ImplicitDeny"


def test_trust_is_narrowed_further_when_asked_for() -> None:
    trust = trust_of(role(READ, trust=SOURCE))
    assert Service(principal=LAMBDA).passes(trust, "sts:AssumeRole", **OWN) == "Allow"
    assert Service(principal=LAMBDA).passes(trust, "sts:AssumeRole") == "ImplicitDeny"


def test_a_service_that_hides_its_source_is_asked_only_where_it_tells() -> None:
    trust = trust_of(role(READ, trust=SOURCE, hides=True))
    assert Service(principal=LAMBDA).passes(trust, "sts:AssumeRole") == "Allow"
    stranger = Service(principal=LAMBDA, account="999999999999")
    assert stranger.passes(trust, "sts:AssumeRole") == "ImplicitDeny"
    elsewhere = {"aws__SourceArn": OWN["aws__SourceArn"].replace("111111111111", "999999999999")}
    assert Service(principal=LAMBDA).passes(trust, "sts:AssumeRole", **elsewhere) == "ImplicitDeny"
    assert Service(principal="ec2.amazonaws.com").passes(trust, "sts:AssumeRole") == "ImplicitDeny"


def test_a_wildcard_without_a_reason_is_refused_before_anything_is_created() -> None:
    everything = Statement(sid="ReadEverything", actions=["s3:GetObject"])
    message, created = refused(
        lambda stack: ServiceRole(
            stack,
            "Role",
            perimeter=HERE,
            service=LAMBDA,
            description="x",
            permissions_boundary_arn=BOUNDARY,
            statements=[everything],
        )
    )
    assert message.startswith("FND-002: Role")
    assert created == []


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
    assert role(Statement(sid="ReadMany", actions=["s3:GetObject"], why="for a test")).findings == ()
