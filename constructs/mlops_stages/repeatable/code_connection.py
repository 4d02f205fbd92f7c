"""How delivery pipelines read a repository."""

from aws_cdk import aws_codeconnections as codeconnections
from constructs import Construct

from mlops_stages.repeatable.source_repository import Provider

_TYPES: dict[Provider, str] = {"github": "GitHub", "gitlab": "GitLab"}
LONGEST_NAME = 32
"""Characters (https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_Connection.html)."""


class CodeConnection(Construct):
    """A connection to GitHub or GitLab for CDK Pipelines; pending, until somebody confirms it once in the console.

    Source: https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_Connection.html
    """

    def __init__(self, scope: Construct, id: str, *, platform: str, provider: Provider) -> None:
        """Create the connection `PLATFORM-PROVIDER`.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            provider: where the repositories are.

        Raises:
            ValueError: `REP-033` for a name over the service's length.
        """
        name = f"{platform}-{provider}"
        if len(name) > LONGEST_NAME:
            message = (
                f"REP-033: {id}: connection {name} has more than {LONGEST_NAME} characters; shorten the platform's name"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        resource = codeconnections.CfnConnection(self, "Resource", connection_name=name, provider_type=_TYPES[provider])
        self.connection_arn: str = resource.attr_connection_arn
