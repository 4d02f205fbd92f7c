"""PersonRole: one person's, under the boundary, taken on by their own sign-in and by SageMaker for this account."""

from collections.abc import Sequence

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, IdentityCenterSignIn, Perimeter, PersonRole, SamlSignIn, SignIn
from mlops_stages.foundation.persona_policies import CAPABILITIES, works_in_studio
from mlops_stages.platform import Persona
from tests.foundation.built import ACCOUNT, ALONE, BOUNDARY, HERE, ORGANIZATION, Built, Json, built, refused, sids
from tests.foundation.judge import Caller, Service

OUTSIDE = "999999999999"
PROVIDER = "arn:aws:iam::111111111111:saml-provider/corp"
EMAIL = "ann.lee@acme.example"
SAGEMAKER = "sagemaker.amazonaws.com"
OWN_JOB = {"aws__SourceArn": "arn:aws:sagemaker:eu-west-1:111111111111:training-job/fraud-x"}


def role(
    stack: Stack,
    persona: Persona = Persona.DATA_SCIENTIST,
    *,
    sign_in: SignIn = IamSignIn(account=ACCOUNT),  # noqa: B008  # frozen
    perimeter: Perimeter = HERE,
    team: str = "fraud",
    person: str = "ann-lee",
    policy_arns: Sequence[str] = (),
) -> PersonRole:
    return PersonRole(
        stack,
        "Role",
        platform="acme",
        team=team,
        person=person,
        email=EMAIL,
        persona=persona,
        sign_in=sign_in,
        perimeter=perimeter,
        permissions_boundary_arn=BOUNDARY,
        policy_arns=policy_arns,
    )


def trust(sign_in: SignIn, *, perimeter: Perimeter = HERE, persona: Persona = Persona.DATA_SCIENTIST) -> Json:
    found = built(lambda stack: role(stack, persona, sign_in=sign_in, perimeter=perimeter))
    return found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]


def assume(policy: Json, caller: Caller, *, mfa: str | None = "true") -> str:
    keys = {} if mfa is None else {"aws__MultiFactorAuthPresent": mfa}
    return caller.passes(policy, "sts:AssumeRole", **keys)


ANN = Caller(tags={"email": EMAIL})
RAJ = Caller(tags={"email": "raj.patel@acme.example"})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: role(stack, policy_arns=["arn:aws:iam::111111111111:policy/team-data"]))


@pytest.fixture(scope="module")
def own_account() -> Json:
    """The trust where people sign in to the same account."""
    return trust(IamSignIn(account=ACCOUNT))


def test_it_is_named_for_team_and_person_and_lies_in_the_teams_path(found: Built) -> None:
    properties = found.one("AWS::IAM::Role")
    assert (properties["RoleName"], properties["Path"]) == ("acme-fraud-ann-lee", "/acme/fraud/")
    assert EMAIL in properties["Description"]


def test_it_is_under_the_boundary_for_a_working_day_at_most(found: Built) -> None:
    properties = found.one("AWS::IAM::Role")
    assert properties["PermissionsBoundary"] == BOUNDARY
    assert properties["MaxSessionDuration"] == 8 * 3600


def test_its_tags_are_what_the_policies_narrow_by(found: Built) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in found.one("AWS::IAM::Role")["Tags"]}
    assert tags == {"person": "ann-lee", "persona": "data_scientist", "team": "fraud"}


@pytest.mark.parametrize("persona", Persona)
def test_it_carries_the_policies_of_its_persona(persona: Persona) -> None:
    properties = built(lambda stack: role(stack, persona)).one("AWS::IAM::Role")
    expected = [f"arn:aws:iam::111111111111:policy/acme-{capability}" for capability in CAPABILITIES[persona]]
    assert properties["ManagedPolicyArns"] == expected
    assert "Policies" not in properties


def test_further_policies_follow(found: Built) -> None:
    assert found.one("AWS::IAM::Role")["ManagedPolicyArns"][-1] == "arn:aws:iam::111111111111:policy/team-data"


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_the_person_alone_takes_it_on_and_only_with_a_second_factor(own_account: Json) -> None:
    assert assume(own_account, ANN) == "Allow"
    assert assume(own_account, ANN, mfa="false") == "ImplicitDeny"
    assert assume(own_account, ANN, mfa=None) == "ImplicitDeny"
    assert assume(own_account, RAJ) == "ImplicitDeny"
    assert assume(own_account, Caller()) == "ImplicitDeny"


def test_a_second_factor_is_waived_only_when_asked_for() -> None:
    assert assume(trust(IamSignIn(account=ACCOUNT, mfa=False)), ANN, mfa=None) == "Allow"


def test_another_account_is_let_in_by_organization_too() -> None:
    policy = trust(IamSignIn(account=OUTSIDE))
    assert assume(policy, Caller(account=OUTSIDE, tags={"email": EMAIL})) == "Allow"
    assert assume(policy, Caller(account=OUTSIDE, organization="o-other00000", tags={"email": EMAIL})) == "ImplicitDeny"
    assert assume(policy, Caller(account=ACCOUNT, tags={"email": EMAIL})) == "ImplicitDeny"
    assert ORGANIZATION in str(policy)


def test_another_account_without_an_organization_is_refused() -> None:
    message, created = refused(lambda stack: role(stack, sign_in=IamSignIn(account=OUTSIDE), perimeter=ALONE))
    assert message.startswith("FND-051")
    assert OUTSIDE in message
    assert created == []


def test_the_same_account_needs_no_organization() -> None:
    assert assume(trust(IamSignIn(account=ACCOUNT), perimeter=ALONE), ANN) == "Allow"


def test_a_company_directory_asserts_person_and_audience() -> None:
    (_, statement) = trust(SamlSignIn(provider_arn=PROVIDER))["Statement"]
    assert statement["Principal"] == {"Federated": [PROVIDER]}
    assert statement["Action"] == ["sts:AssumeRoleWithSAML"]
    assert statement["Condition"] == {
        "StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml", "SAML:sub": EMAIL}
    }


def test_identity_center_leaves_the_role_to_studio() -> None:
    assert sids(trust(IdentityCenterSignIn())) == ["SageMakerForThisAccount"]


def test_sagemaker_takes_it_on_for_this_account_only(own_account: Json) -> None:
    ours, theirs = Service(principal=SAGEMAKER), Service(principal=SAGEMAKER, account=OUTSIDE)
    for action in ("sts:AssumeRole", "sts:SetSourceIdentity"):
        assert ours.passes(own_account, action, **OWN_JOB) == "Allow"
        assert theirs.passes(own_account, action, **OWN_JOB) == "ImplicitDeny"
        assert ours.passes(own_account, action) == "ImplicitDeny"
    assert Service(principal="lambda.amazonaws.com").passes(own_account, "sts:AssumeRole", **OWN_JOB) == "ImplicitDeny"


@pytest.mark.parametrize("persona", [persona for persona in Persona if not works_in_studio(persona)])
def test_sagemaker_does_not_take_on_the_role_of_who_has_no_studio(persona: Persona) -> None:
    policy = trust(IamSignIn(account=ACCOUNT), persona=persona)
    assert sids(policy) == ["ThePersonByTheirOwnIdentity"]


def test_a_name_over_iams_length_is_refused() -> None:
    message, created = refused(lambda stack: role(stack, team="t" * 40, person="p" * 20))
    assert message.startswith("FND-050")
    assert "64" in message
    assert created == []


def test_a_name_of_iams_length_is_taken() -> None:
    name = built(lambda stack: role(stack, team="t" * 38, person="p" * 20)).one("AWS::IAM::Role")["RoleName"]
    assert len(name) == 64


def test_through_identity_center_whoever_does_not_work_in_studio_comes_by_a_permission_set() -> None:
    policy = trust(IdentityCenterSignIn(), persona=Persona.AUDITOR)
    by_set = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_acme-auditor_0123456789abcdef"
    assert ANN.passes(policy, "sts:AssumeRole", aws__PrincipalArn=by_set) == "Allow"
    assert RAJ.passes(policy, "sts:AssumeRole", aws__PrincipalArn=by_set) == "ImplicitDeny"
    foreign = by_set.replace("acme-auditor", "AdministratorAccess")
    assert ANN.passes(policy, "sts:AssumeRole", aws__PrincipalArn=foreign) == "ImplicitDeny"
