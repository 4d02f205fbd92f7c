"""DutyRole: a name that other accounts know, one policy, under the boundary, for those it trusts and nobody else."""

from collections.abc import Sequence

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import (
    DutyRole,
    IamSignIn,
    IdentityCenterSignIn,
    Perimeter,
    SamlSignIn,
    SignIn,
    Statement,
    people_of,
    trust_in_role,
)
from tests.foundation.built import ACCOUNT, ALONE, BOUNDARY, HERE, ORGANIZATION, Built, Json, built, refused
from tests.foundation.judge import Caller

LUIS, OTHER = "luis.vega@acme.example", "ann.lee@acme.example"
TOOLING = "333333333333"
CI = f"arn:aws:iam::{TOOLING}:role/acme/arrivals/acme-arrivals.ci"
READ = Statement(sid="ReadOneThing", actions=["s3:GetObject"], resources=["arn:aws:s3:::one/thing"])
NAME = "acme-arrivals.curate"


def role(
    stack: Stack,
    *,
    trust: Sequence[Statement],
    name: str = NAME,
    statements: Sequence[Statement] = (READ,),
) -> DutyRole:
    return DutyRole(
        stack,
        "Role",
        platform="acme",
        team="arrivals",
        name=name,
        description="Curates the data of team arrivals",
        trust=trust,
        statements=statements,
        permissions_boundary_arn=BOUNDARY,
    )


def by(sign_in: SignIn, *emails: str, perimeter: Perimeter = HERE) -> list[Statement]:
    return people_of(NAME, "acme", sign_in, emails, perimeter)


def trusted(trust: Sequence[Statement]) -> Json:
    return built(lambda stack: role(stack, trust=trust)).one("AWS::IAM::Role")["AssumeRolePolicyDocument"]


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: role(stack, trust=by(IamSignIn(account=ACCOUNT), LUIS, OTHER)))


def test_its_name_and_path_say_whose_duty_it_is(found: Built) -> None:
    properties = found.one("AWS::IAM::Role")
    assert (properties["RoleName"], properties["Path"]) == (NAME, "/acme/arrivals/")
    assert properties["PermissionsBoundary"] == BOUNDARY
    assert properties["MaxSessionDuration"] == 3600


def test_it_has_one_policy_and_the_packs_find_nothing(found: Built) -> None:
    assert found.types == {"AWS::IAM::ManagedPolicy": 1, "AWS::IAM::Role": 1}
    assert found.findings == ()


def test_each_of_its_people_may_take_it_on_with_a_second_factor() -> None:
    policy = trusted(by(IamSignIn(account=ACCOUNT), LUIS, OTHER))
    for email in (LUIS, OTHER):
        caller = Caller(tags={"email": email})
        assert caller.passes(policy, "sts:AssumeRole", aws__MultiFactorAuthPresent="true") == "Allow"
        assert caller.passes(policy, "sts:AssumeRole") == "ImplicitDeny"
    stranger = Caller(tags={"email": "eve@acme.example"})
    assert stranger.passes(policy, "sts:AssumeRole", aws__MultiFactorAuthPresent="true") == "ImplicitDeny"


def test_people_who_sign_in_elsewhere_come_from_the_organization() -> None:
    policy = trusted(by(IamSignIn(account="999999999999", mfa=False), LUIS))
    inside = Caller(tags={"email": LUIS}, account="999999999999")
    outside = Caller(tags={"email": LUIS}, account="999999999999", organization="o-another000")
    assert inside.passes(policy, "sts:AssumeRole") == "Allow"
    assert outside.passes(policy, "sts:AssumeRole") == "ImplicitDeny"


def test_a_sign_in_elsewhere_without_an_organization_is_refused() -> None:
    with pytest.raises(ValueError, match="FND-051"):
        by(IamSignIn(account="999999999999"), LUIS, perimeter=ALONE)


def test_a_directory_is_the_accounts_own_provider_of_that_name() -> None:
    provider = "arn:aws:iam::777777777777:saml-provider/corp"
    (statement,) = trusted(by(SamlSignIn(provider_arn=provider), LUIS))["Statement"]
    assert statement["Principal"] == {"Federated": [f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"]}
    assert statement["Condition"]["StringEquals"]["SAML:sub"] == LUIS


def test_from_identity_center_people_come_by_the_platforms_permission_sets() -> None:
    policy = trusted(by(IdentityCenterSignIn(), LUIS))
    sets = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_acme-data-engineer_0123456789abcdef"
    foreign = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef"
    for who, name, verdict in ((LUIS, sets, "Allow"), (OTHER, sets, "ImplicitDeny"), (LUIS, foreign, "ImplicitDeny")):
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        assert Caller(tags={"email": who}).passes(policy, "sts:AssumeRole", aws__PrincipalArn=arn) == verdict


def test_another_accounts_role_is_trusted_by_its_name_and_organization() -> None:
    policy = trusted([trust_in_role("TheTeamsCi", CI, HERE)])
    ci = Caller(account=TOOLING)
    assert ci.passes(policy, "sts:AssumeRole", aws__PrincipalArn=CI) == "Allow"
    other = CI.replace("arrivals.ci", "fraud.ci")
    assert ci.passes(policy, "sts:AssumeRole", aws__PrincipalArn=other) == "ImplicitDeny"
    stranger = Caller(account=TOOLING, organization="o-another000")
    assert stranger.passes(policy, "sts:AssumeRole", aws__PrincipalArn=CI) == "ImplicitDeny"
    assert ORGANIZATION in str(policy)


@pytest.mark.parametrize(
    ("name", "trust"), [("a" * 65, [trust_in_role("TheTeamsCi", CI, HERE)]), (NAME, [])], ids=["long", "trusts nobody"]
)
def test_a_long_name_or_a_role_for_nobody_is_refused(name: str, trust: list[Statement]) -> None:
    message, made = refused(lambda stack: role(stack, trust=trust, name=name))
    assert message.startswith("FND-080: ")
    assert made == []


def test_a_policy_over_iams_size_is_refused() -> None:
    many = Statement(
        sid="ReadManyThings", actions=["s3:GetObject"], resources=[f"arn:aws:s3:::b{n}" for n in range(500)]
    )
    trust = [trust_in_role("TheTeamsCi", CI, HERE)]
    message, made = refused(lambda stack: role(stack, trust=trust, statements=[many]))
    assert message.startswith("FND-081: ")
    assert made == []


def test_a_wildcard_without_a_reason_is_refused() -> None:
    wild = Statement(sid="ReadEverythingThere", actions=["s3:GetObject"], resources=["arn:aws:s3:::one/*"])
    trust = [trust_in_role("TheTeamsCi", CI, HERE)]
    message, made = refused(lambda stack: role(stack, trust=trust, statements=[wild]))
    assert message.startswith("FND-002: ")
    assert made == []
