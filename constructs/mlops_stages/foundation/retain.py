"""What holds data outlives its stack, but not the create that failed."""

from aws_cdk import CfnResource, RemovalPolicy


def retain(resource: CfnResource) -> None:
    """Keep a resource when its stack is deleted, or when an update removes or replaces it.

    Only a rollback of the operation that creates it deletes it: it is still empty, and its name must be free when the
    same deploy is run again (`RetainExceptOnCreate`).

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """
    resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
