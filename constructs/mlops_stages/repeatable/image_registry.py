"""A model's container images."""

import json
from collections.abc import Sequence

from aws_cdk import aws_ecr as ecr
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Perimeter, Statement, retain, trust_policy
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.sharing import accounts_of, only, refuse_unnamed_readers, roots, serving_roles

PULL = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
)
PUSH = (
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
UNTAGGED_DAYS = 14
"""Days after which an image without a tag, which no pipeline can name, is gone."""


class ImageRegistry(Construct):
    """A repository for the images of one model: a tag never changes its image, and each is scanned when it comes.

    Pushed to by the team's CI alone, administrators included; pulled by roles of the team, and by those that serve the
    model. An image with a tag never expires: a version of the model may be registered with it, and ECR does not know
    which.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        model: str,
        key: CustomerManagedKey,
        readers: Sequence[str],
    ) -> None:
        """Create the repository.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            team: whose model it is.
            model: the model's name.
            key: the images are under it; usable through ECR.
            readers: ids of the accounts that run models: staging, production.

        Raises:
            ValueError: `REP-038` for readers that the addresses name neither staging nor production.
        """
        refuse_unnamed_readers(id, addresses, readers)
        super().__init__(scope, id)
        accounts = accounts_of(addresses)
        # ECR takes no Resource in these: the repository is meant.
        others = (
            [
                Statement(
                    sid="RolesThatServeTheModelPull",
                    principals=roots(perimeter, readers),
                    actions=PULL,
                    conditions=only(perimeter, serving_roles(addresses, readers, team, model)),
                )
            ]
            if readers
            else []
        )
        statements = [
            Statement(
                sid="RolesOfTheTeamPull",
                principals=roots(perimeter, accounts),
                actions=PULL,
                conditions=only(perimeter, [addresses.team_roles(account, team) for account in accounts]),
            ),
            *others,
            Statement(
                sid="RefusePushesButByTheTeamsCi",
                effect="Deny",
                principals="*",
                actions=PUSH,
                conditions={"ArnNotEquals": {"aws:PrincipalArn": addresses.ci_role(team)}},
            ),
        ]
        repository = ecr.CfnRepository(
            self,
            "Resource",
            repository_name=addresses.image_repository_name(team, model),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.CfnRepository.ImageScanningConfigurationProperty(scan_on_push=True),
            encryption_configuration=ecr.CfnRepository.EncryptionConfigurationProperty(
                encryption_type="KMS", kms_key=key.key_arn
            ),
            lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(lifecycle_policy_text=_lifecycle()),
            repository_policy_text=trust_policy(statements),
        )
        retain(repository)
        self.repository_arn: str = repository.attr_arn
        self.repository_uri: str = repository.attr_repository_uri


def _lifecycle() -> str:
    """The rule by which images expire.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    rule = {"rulePriority": 1, "description": "Untagged", "selection": untagged, "action": {"type": "expire"}}
    return json.dumps({"rules": [rule]})
