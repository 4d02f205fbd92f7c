"""StudioProfile: a person's place, under their own role."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IdentityCenterSignIn, PersonRole, SamlSignIn, SignIn
from mlops_stages.initial import StudioProfile
from mlops_stages.platform import Persona
from tests.foundation.built import BOUNDARY, HERE, Built, built
from tests.initial.given import BY_IAM

EMAIL = "ann.lee@acme.example"
BY_SAML = SamlSignIn(provider_arn="arn:aws:iam::111111111111:saml-provider/corp")


def profile(sign_in: SignIn) -> Built:
    def make(stack: Stack) -> None:
        role = PersonRole(
            stack,
            "Role",
            platform="acme",
            team="fraud",
            person="ann-lee",
            email=EMAIL,
            persona=Persona.DATA_SCIENTIST,
            sign_in=sign_in,
            perimeter=HERE,
            permissions_boundary_arn=BOUNDARY,
        )
        StudioProfile(
            stack,
            "Profile",
            domain_id="d-abcdefghijkl",
            name="fraud-ann-lee",
            email=EMAIL,
            role=role,
            sign_in=sign_in,
        )

    return built(make)


@pytest.mark.parametrize("sign_in", [BY_IAM, BY_SAML, IdentityCenterSignIn()], ids=lambda s: type(s).__name__)
def test_a_profile_works_under_its_persons_own_role(sign_in: SignIn) -> None:
    found = profile(sign_in)
    (role,) = found.resources("AWS::IAM::Role")
    properties = found.one("AWS::SageMaker::UserProfile")
    assert properties["UserProfileName"] == "fraud-ann-lee"
    assert properties["DomainId"] == "d-abcdefghijkl"
    assert properties["UserSettings"]["ExecutionRole"] == {"Fn::GetAtt": [role, "Arn"]}
    assert found.findings == ()


def test_identity_center_knows_the_person_by_their_address() -> None:
    properties = profile(IdentityCenterSignIn()).one("AWS::SageMaker::UserProfile")
    assert properties["SingleSignOnUserIdentifier"] == "UserName"
    assert properties["SingleSignOnUserValue"] == EMAIL


@pytest.mark.parametrize("sign_in", [BY_IAM, BY_SAML], ids=lambda s: type(s).__name__)
def test_other_sign_ins_name_no_identity_center_user(sign_in: SignIn) -> None:
    assert not [key for key in profile(sign_in).one("AWS::SageMaker::UserProfile") if key.startswith("SingleSignOn")]
