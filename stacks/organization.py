"""The organization's stack, in the management account: units, service control policies, permission sets."""

from aws_cdk import App, Environment, Stack

from mlops_stages.platform import Guardrails, IdentityCenterSignIn, Platform, Stage
from mlops_stages.repeatable import OrganizationGuardrails, PermissionSets
from mlops_stages.repeatable.guardrails import deployment_roles
from stacks.platform_stack import platform_tags


class OrganizationStack(Stack):
    """What holds for the platform's accounts from outside."""

    def __init__(self, app: App, platform: Platform, guardrails: Guardrails, *, qualifier: str) -> None:
        """Create the stack `PLATFORM-organization`."""
        super().__init__(
            app,
            f"{platform.name}-organization",
            env=Environment(account=guardrails.management_account, region=platform.region),
            description=f"{platform.name}: the organization's guardrails, stage {Stage.REPEATABLE}",
        )
        platform_tags(platform, Stage.REPEATABLE).apply(self)
        accounts = platform.deployed
        OrganizationGuardrails(
            self,
            "Guardrails",
            platform=platform.name,
            partition=platform.partition,
            root_id=guardrails.root_id,
            accounts=accounts,
            regions=platform.allowed_regions,
            instance_types=platform.guarded_instance_types,
            deployment_roles=(*deployment_roles(qualifier), *guardrails.exempt_roles),
        )
        sign_in = platform.sign_in
        if isinstance(sign_in, IdentityCenterSignIn) and sign_in.instance_arn is not None:
            PermissionSets(
                self,
                "PermissionSets",
                platform=platform.name,
                partition=platform.partition,
                instance_arn=sign_in.instance_arn,
                accounts=accounts,
                groups=sign_in.groups.by_persona if sign_in.groups is not None else None,
            )
