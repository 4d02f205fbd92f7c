"""Feature groups that other accounts of the organization read."""

from collections.abc import Sequence

from aws_cdk import aws_ram as ram
from constructs import Construct

from mlops_stages.foundation import Perimeter

READ_ONLY = "AWSRAMPermissionSageMakerFeatureGroupReadOnly"
"""What the share lets the other accounts do: describe the groups, and read their records by the groups' ARNs."""


class FeatureShare(Construct):
    """A resource share that lets accounts of the organization read feature groups, and nobody outside it.

    Who in those accounts does so is decided there, by their own policies and by the key's. The organization's
    management account must have turned on sharing with AWS Organizations once
    (`aws ram enable-sharing-with-aws-organization`); then nobody has to accept an invitation.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access-online-store.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        perimeter: Perimeter,
        groups: Sequence[str],
        accounts: Sequence[str],
    ) -> None:
        """Create the share.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: of the share.
            perimeter: the account that owns the groups.
            groups: names of feature groups, which must exist before.
            accounts: who reads them.

        Raises:
            ValueError: `REP-062` for a share of nothing or with nobody.
        """
        if not groups or not accounts:
            message = f"REP-062: share {name} needs feature groups and accounts; leave it out where there are none"
            raise ValueError(message)
        super().__init__(scope, id)
        ram.CfnResourceShare(
            self,
            "Resource",
            name=name,
            allow_external_principals=False,
            resource_arns=[perimeter.arn("sagemaker", f"feature-group/{group}") for group in groups],
            permission_arns=[f"arn:{perimeter.partition}:ram::aws:permission/{READ_ONLY}"],
            principals=sorted(set(accounts)),
        )
