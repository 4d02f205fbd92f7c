"""A person's place in Studio."""

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import IdentityCenterSignIn, PersonRole, SignIn


class StudioProfile(sagemaker.CfnUserProfile):
    """A user profile that works under its person's own role.

    Home directories belong to the domain and stay when a profile goes.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        name: str,
        email: str,
        role: PersonRole,
        sign_in: SignIn,
    ) -> None:
        """Create the profile.

        Args:
            scope: the parent.
            id: the construct's id in it.
            domain_id: the domain.
            name: of the profile, unique in the domain.
            email: the person's name in IAM Identity Center, where that is the sign-in.
            role: the person's role.
            sign_in: must be the domain's own.
        """
        by_identity_center = isinstance(sign_in, IdentityCenterSignIn)
        super().__init__(
            scope,
            id,
            domain_id=domain_id,
            user_profile_name=name,
            single_sign_on_user_identifier="UserName" if by_identity_center else None,
            single_sign_on_user_value=email if by_identity_center else None,
            user_settings=sagemaker.CfnUserProfile.UserSettingsProperty(execution_role=role.attr_arn),
        )
