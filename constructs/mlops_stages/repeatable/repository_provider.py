"""Trust in the tokens of one provider of repositories."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation import Perimeter
from mlops_stages.repeatable.source_repository import AUDIENCE, HOSTS, Provider


def provider_arn(perimeter: Perimeter, provider: Provider) -> str:
    """The provider in the perimeter's account, made here or by somebody else: there is one for each host."""
    return perimeter.global_arn("iam", f"oidc-provider/{HOSTS[provider]}")


class RepositoryProvider(Construct):
    """An OIDC provider: CI signs in with a token of the job, and no secret is stored anywhere.

    By itself it lets nobody in: each role names one repository and one branch or environment. No thumbprint is given:
    IAM trusts these hosts by its own certificate authorities.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    """

    def __init__(self, scope: Construct, id: str, *, provider: Provider) -> None:
        """Create the provider.

        Args:
            scope: the parent.
            id: the construct's id in it.
            provider: whose tokens are believed.
        """
        super().__init__(scope, id)
        resource = iam.CfnOIDCProvider(self, "Resource", url=f"https://{HOSTS[provider]}", client_id_list=[AUDIENCE])
        self.provider_arn: str = resource.attr_arn
