"""grant: to whoever has a policy; nothing is granted in silence to who has none."""

from typing import cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from mlops_stages.foundation.grant import grant
from tests.foundation.built import a_role, a_service, built, refused


def test_a_role_gets_what_is_granted_and_no_more() -> None:
    def make(stack: Stack) -> None:
        role = a_role(stack, "Role")
        assert grant(role, actions=["s3:GetObject"], resources=["arn:aws:s3:::b/file"]).success

    (statement,) = built(make).one("AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement == {"Action": "s3:GetObject", "Effect": "Allow", "Resource": "arn:aws:s3:::b/file"}


def anyone() -> iam.IPrincipal:
    return cast("iam.IPrincipal", cast("object", iam.AnyPrincipal()))


@pytest.mark.parametrize("who", ["service", "anyone"])
def test_who_has_no_policy_is_refused(who: str) -> None:
    principal = a_service() if who == "service" else anyone()
    message, _ = refused(lambda _: grant(principal, actions=["s3:GetObject"], resources=["arn:aws:s3:::b/file"]))
    assert message.startswith("FND-070")
    assert "role or a user" in message
