"""The one role of a person in a team: in Studio, at the console and at the command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import CfnTag
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.persona_policies import CAPABILITIES, policy_name, works_in_studio
from mlops_stages.foundation.statement import Statement, trust_policy
from mlops_stages.platform import Persona

LONGEST_NAME = 64
"""Characters of a role's name (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
WORKING_DAY_SECONDS = 8 * 3600


@dataclass(frozen=True, kw_only=True)
class IamSignIn:
    """People sign in as IAM principals of `account` that carry their e-mail address in the tag `email`."""

    account: str
    mfa: bool = True


@dataclass(frozen=True, kw_only=True)
class SamlSignIn:
    """People come from a company directory, which asserts their e-mail address as the SAML subject."""

    provider_arn: str


@dataclass(frozen=True, kw_only=True)
class IdentityCenterSignIn:
    """People come through IAM Identity Center, which opens Studio for them: the role is for Studio alone."""


SignIn = IamSignIn | SamlSignIn | IdentityCenterSignIn


class PersonRole(iam.CfnRole):
    """A role named for a team and a person, under the permissions boundary, with the policies of one persona.

    SageMaker assumes it for the person's Studio profile and jobs; the person assumes it by the platform's sign-in. Its
    tags `team` and `person` are what the policies narrow by, and the audit trail shows whose role acted.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        team: str,
        person: str,
        email: str,
        persona: Persona,
        sign_in: SignIn,
        perimeter: Perimeter,
        permissions_boundary_arn: str,
        policy_arns: Sequence[str] = (),
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            team: the person's team.
            person: short name of the person, unique in the team.
            email: address of the person, as the sign-in knows it.
            persona: decides the policies.
            sign_in: how the person comes to the role.
            perimeter: the account, and what narrows a sign-in from another one.
            permissions_boundary_arn: the most that the role may ever do.
            policy_arns: further managed policies, such as those for the team's data.

        Raises:
            ValueError: `FND-050` for a name over IAM's length; `FND-051` for a sign-in from another account without an
                organization to narrow it to.
        """
        name = f"{platform}-{team}-{person}"
        if len(name) > LONGEST_NAME:
            message = f"FND-050: role {name} is longer than {LONGEST_NAME} characters; shorten the team's name"
            raise ValueError(message)
        trust = [_trust_in_sagemaker(perimeter)] if works_in_studio(persona) else []
        trust += _trust_in_person(name, sign_in, email, perimeter)
        own = [perimeter.global_arn("iam", f"policy/{policy_name(platform, c)}") for c in CAPABILITIES[persona]]
        super().__init__(
            scope,
            id,
            role_name=name,
            path=f"/{platform}/{team}/",
            description=f"{email}: {persona.replace('_', ' ')} of {team}",
            assume_role_policy_document=trust_policy(trust),
            permissions_boundary=permissions_boundary_arn,
            managed_policy_arns=[*own, *policy_arns],
            max_session_duration=WORKING_DAY_SECONDS,
            tags=[
                CfnTag(key="person", value=person),
                CfnTag(key="persona", value=persona.value),
                CfnTag(key="team", value=team),
            ],
        )


def _trust_in_sagemaker(perimeter: Perimeter) -> Statement:
    return Statement(
        sid="SageMakerForThisAccount",
        principals={"Service": ["sagemaker.amazonaws.com"]},
        actions=["sts:AssumeRole", "sts:SetSourceIdentity"],
        conditions={
            **perimeter.from_this_account,
            "ArnLike": {"aws:SourceArn": perimeter.arn("sagemaker", "*")},
        },
        why="the source identity is the Studio profile's name, so that the audit trail names it in every call",
    )


def _trust_in_person(name: str, sign_in: SignIn, email: str, perimeter: Perimeter) -> list[Statement]:
    match sign_in:
        case IamSignIn():
            conditions: dict[str, dict[str, str]] = {"StringEquals": {"aws:PrincipalTag/email": email}}
            if sign_in.account != perimeter.account:
                conditions["StringEquals"] |= _only_our_organization(name, sign_in, perimeter)
            if sign_in.mfa:
                conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            root = f"arn:{perimeter.partition}:iam::{sign_in.account}:root"
            return [
                Statement(
                    sid="ThePersonByTheirOwnIdentity",
                    principals={"AWS": [root]},
                    actions=["sts:AssumeRole"],
                    conditions=conditions,
                )
            ]
        case SamlSignIn():
            audience = "https://signin.aws.amazon.com/saml"
            return [
                Statement(
                    sid="ThePersonFromTheCompanyDirectory",
                    principals={"Federated": [sign_in.provider_arn]},
                    actions=["sts:AssumeRoleWithSAML"],
                    conditions={"StringEquals": {"SAML:aud": audience, "SAML:sub": email}},
                )
            ]
        case IdentityCenterSignIn():
            return []


def _only_our_organization(name: str, sign_in: IamSignIn, perimeter: Perimeter) -> dict[str, str]:
    if perimeter.organization_id is None:
        message = (
            f"FND-051: {name}: people sign in from account {sign_in.account}; "
            "give the organization's id, so that the trust can be narrowed to it"
        )
        raise ValueError(message)
    return {"aws:PrincipalOrgID": perimeter.organization_id}
