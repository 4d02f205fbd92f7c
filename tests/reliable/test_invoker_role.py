"""InvokerRole: people call one endpoint and read nothing."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn
from mlops_stages.reliable import InvokerRole
from tests.foundation.built import Built, built, refused, resolved
from tests.foundation.judge import Caller
from tests.reliable.serving import BOUNDARY, EXPERIMENTATION, OWNER, PRODUCTION, REGION, SERVED

ENDPOINT = f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/fraud-card-fraud-production"


def a_role(stack: Stack, **options: Any) -> InvokerRole:  # noqa: ANN401 - each test names a real option
    given: dict[str, Any] = {
        "served": SERVED,
        "callers": [OWNER],
        "sign_in": IamSignIn(account=EXPERIMENTATION),
        "permissions_boundary_arn": BOUNDARY,
    }
    return InvokerRole(stack, "Invoke", **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_role)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_it_has_the_name_that_the_command_knows_under_the_boundary(found: Built) -> None:
    role = found.one("AWS::IAM::Role")
    assert (role["RoleName"], role["PermissionsBoundary"]) == ("acme-card-fraud.invoke-production", BOUNDARY)


def test_its_people_take_it_on_under_their_own_name_alone(found: Built) -> None:
    trust = found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]
    asked = {"aws__MultiFactorAuthPresent": "true", "sts__RoleSessionName": OWNER}
    person = Caller(account=EXPERIMENTATION, tags={"email": OWNER})
    trust = {**trust, "Statement": [_named(each, OWNER) for each in trust["Statement"]]}
    assert person.passes(trust, "sts:AssumeRole", **asked) == "Allow"
    assert person.passes(trust, "sts:AssumeRole", **{**asked, "sts__RoleSessionName": "somebody"}) != "Allow"
    other = Caller(account=EXPERIMENTATION, tags={"email": "bo@acme.example"})
    assert other.passes(trust, "sts:AssumeRole", **asked) != "Allow"


def _named(statement: dict[str, Any], email: str) -> dict[str, Any]:
    """The statement with the person's tag put in, as IAM does."""
    conditions = {
        operator: {key: email if value == "${aws:PrincipalTag/email}" else value for key, value in keys.items()}
        for operator, keys in statement["Condition"].items()
    }
    return {**statement, "Condition": conditions}


def test_it_calls_the_one_endpoint_and_does_nothing_else(found: Built) -> None:
    policies = resolved([each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")])
    caller = Caller(policies=policies, account=PRODUCTION)
    assert caller.may("sagemaker:InvokeEndpoint", ENDPOINT)
    assert not caller.may("sagemaker:InvokeEndpoint", ENDPOINT.replace("card-fraud", "refunds"))
    assert not caller.may("sagemaker:DescribeEndpoint", ENDPOINT)
    assert not caller.may("sagemaker:UpdateEndpoint", ENDPOINT)


def test_a_role_for_nobody_is_refused() -> None:
    message, created = refused(lambda stack: a_role(stack, callers=[]))
    assert message.startswith("REL-046: ")
    assert created == []
    message, created = refused(lambda stack: a_role(stack, served=replace(SERVED, team="*")))
    assert message.startswith("REL-032: ")
    assert created == []
