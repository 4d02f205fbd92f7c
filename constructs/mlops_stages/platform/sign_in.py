"""How people sign in to AWS."""

from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.people import Persona
from mlops_stages.platform.section import Section
from mlops_stages.platform.text import AccountId, Email, GroupId, InstanceArn, SamlProviderArn, UserId


class IamSignIn(Section):
    """People are IAM principals of one account, and take their role from there."""

    method: Literal["iam"] = Field(description="The word `iam`.", examples=["iam"])
    account: AccountId | None = Field(
        default=None,
        description="The account where people sign in first; another than the experimentation account needs "
        "`organization_id`. Left out: the experimentation account.",
        examples=["999999999999"],
    )
    mfa: bool = Field(default=True, description="Whether a second factor is demanded.", examples=[True])


class SamlSignIn(Section):
    """People come from a company directory through a SAML provider in IAM."""

    method: Literal["saml"] = Field(description="The word `saml`.", examples=["saml"])
    provider_arn: SamlProviderArn = Field(
        description="The provider, in one of the platform's accounts.",
        examples=["arn:aws:iam::111111111111:saml-provider/corp"],
    )


_GROUP = "01234567-89ab-cdef-0123-456789abcdef"


class PersonaGroups(Section):
    """Identity Center's groups of people, by persona; a persona without one is assigned to no account."""

    data_scientist: GroupId | None = Field(
        default=None, description="The group of the data scientists.", examples=[_GROUP]
    )
    lead_data_scientist: GroupId | None = Field(
        default=None, description="The group of the lead data scientists.", examples=[_GROUP]
    )
    data_engineer: GroupId | None = Field(
        default=None, description="The group of the data engineers.", examples=[_GROUP]
    )
    ml_engineer: GroupId | None = Field(default=None, description="The group of the ML engineers.", examples=[_GROUP])
    platform_engineer: GroupId | None = Field(
        default=None, description="The group of the platform engineers.", examples=[_GROUP]
    )
    business_owner: GroupId | None = Field(
        default=None, description="The group of the business owners.", examples=[_GROUP]
    )
    auditor: GroupId | None = Field(default=None, description="The group of the auditors.", examples=[_GROUP])

    @property
    def by_persona(self) -> dict[Persona, str]:
        """The groups that are named, in the order of the personas."""
        named = {
            Persona.DATA_SCIENTIST: self.data_scientist,
            Persona.LEAD_DATA_SCIENTIST: self.lead_data_scientist,
            Persona.DATA_ENGINEER: self.data_engineer,
            Persona.ML_ENGINEER: self.ml_engineer,
            Persona.PLATFORM_ENGINEER: self.platform_engineer,
            Persona.BUSINESS_OWNER: self.business_owner,
            Persona.AUDITOR: self.auditor,
        }
        return {persona: group for persona, group in named.items() if group is not None}


class IdentityCenterSignIn(Section):
    """People come through IAM Identity Center, which assigns them to the Studio domain."""

    method: Literal["identity_center"] = Field(description="The word `identity_center`.", examples=["identity_center"])
    instance_arn: InstanceArn | None = Field(
        default=None,
        description="The organization's instance of Identity Center, in the platform's region; `guardrails` deploys "
        "permission sets to it. Needed with `guardrails`.",
        examples=["arn:aws:sso:::instance/ssoins-0123456789abcdef"],
    )
    groups: PersonaGroups | None = Field(
        default=None,
        description="Its groups by persona, which the permission sets are assigned to. Left out: someone assigns them.",
        examples=[{"data_scientist": _GROUP}],
    )
    users: dict[Email, UserId] = Field(
        default_factory=dict[str, str],
        description="The ids of its users by address, of those who work in Studio: each is assigned to the domain's "
        "application, without which nobody opens Studio. Who is left out is assigned by someone "
        "([how](getting-started.md#5-let-people-in)).",
        examples=[{"ann@acme.example": _GROUP}],
    )


SignIn = Annotated[IamSignIn | SamlSignIn | IdentityCenterSignIn, Field(discriminator="method")]
