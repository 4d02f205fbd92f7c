"""Permissions for principals that the composer brings."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam


def grant(grantee: iam.IGrantable, *, actions: Sequence[str], resources: Sequence[str]) -> iam.Grant:
    """Allow a principal some actions, by its own policy.

    Raises:
        ValueError: `FND-070` for a principal that has no policy to add to, such as an AWS service: nothing was granted.
    """
    given = iam.Grant.add_to_principal(grantee=grantee, actions=list(actions), resource_arns=list(resources))
    if not given.success:
        message = f"FND-070: {grantee.grant_principal} has no policy of its own; grant to a role or a user"
        raise ValueError(message)
    return given
