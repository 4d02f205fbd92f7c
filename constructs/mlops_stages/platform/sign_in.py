"""How people sign in to AWS."""

from typing import Annotated, Literal

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import AccountId, SamlProviderArn


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


class IdentityCenterSignIn(Section):
    """People come through IAM Identity Center, which assigns them to the Studio domain."""

    method: Literal["identity_center"] = Field(description="The word `identity_center`.", examples=["identity_center"])


SignIn = Annotated[IamSignIn | SamlSignIn | IdentityCenterSignIn, Field(discriminator="method")]
