"""The one role of a person in a team: in Studio, at the console and at the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
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


class PersonRole(Construct):
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
            perimeter: narrows a sign-in from another account.
            permissions_boundary_arn: the most that the role may ever do.
            policy_arns: further managed policies, such as those for the team's data.

        Raises:
            ValueError: `FND-050` for a name over IAM's length.
        """
        self.role_name: str = f"{platform}-{team}-{person}"
        if len(self.role_name) > LONGEST_NAME:
            message = (
                f"FND-050: role {self.role_name} is longer than {LONGEST_NAME} characters; shorten the team's name"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        self._stack = Stack.of(self)
        self._perimeter = perimeter
        trust = [self._service_trust()] if works_in_studio(persona) else []
        trust += self._person_trust(sign_in, email)
        own = [
            f"arn:{self._stack.partition}:iam::{self._stack.account}:policy/{policy_name(platform, c)}"
            for c in CAPABILITIES[persona]
        ]
        role = iam.CfnRole(
            self,
            "Resource",
            role_name=self.role_name,
            path=f"/{platform}/{team}/",
            description=f"{email}: {persona.replace('_', ' ')} of {team}",
            assume_role_policy_document=trust_policy(trust),
            permissions_boundary=permissions_boundary_arn,
            managed_policy_arns=[*own, *policy_arns],
            max_session_duration=WORKING_DAY_SECONDS,
            tags=[
                {"key": "person", "value": person},
                {"key": "persona", "value": persona.value},
            ],
        )
        self.role_arn: str = role.attr_arn

    def _service_trust(self) -> Statement:
        stack = self._stack
        return Statement(
            sid="SageMakerForThisAccount",
            principals={"Service": ["sagemaker.amazonaws.com"]},
            actions=["sts:AssumeRole", "sts:SetSourceIdentity"],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}:*"},
            },
            why="the source identity is the Studio profile's name, so that the audit trail names it in every call",
        )

    def _person_trust(self, sign_in: SignIn, email: str) -> list[Statement]:
        match sign_in:
            case IamSignIn():
                conditions: dict[str, dict[str, Any]] = {"StringEquals": {"aws:PrincipalTag/email": email}}
                if sign_in.account != self._stack.account:
                    conditions["StringEquals"] |= self._foreign_account(sign_in)
                if sign_in.mfa:
                    conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
                root = f"arn:{self._stack.partition}:iam::{sign_in.account}:root"
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

    def _foreign_account(self, sign_in: IamSignIn) -> dict[str, str]:
        if self._perimeter.organization_id is None:
            message = (
                f"FND-051: {self.role_name}: people sign in from account {sign_in.account}; "
                "give the organization's id, so that the trust can be narrowed to it"
            )
            raise ValueError(message)
        return {"aws:PrincipalOrgID": self._perimeter.organization_id}
