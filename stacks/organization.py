"""The organization's stack, in the management account: units, service control policies, permission sets."""

from aws_cdk import App, Environment, Stack

from mlops_stages.platform import Guardrails, Platform, Purpose, Stage
from mlops_stages.repeatable.organization_guardrails import OrganizationGuardrails
from stacks.platform_stack import platform_tags


class OrganizationStack(Stack):
    """What holds for the platform's accounts from outside."""

    def __init__(self, app: App, platform: Platform, guardrails: Guardrails) -> None:
        """Create the stack `PLATFORM-organization`."""
        super().__init__(
            app,
            f"{platform.name}-organization",
            env=Environment(account=guardrails.management_account, region=platform.region),
            description=f"{platform.name}: the organization's guardrails, stage {Stage.REPEATABLE}",
            termination_protection=True,
        )
        platform_tags(platform, Stage.REPEATABLE).apply(self)
        accounts = {purpose: platform.accounts.of(purpose) for purpose in Purpose}
        OrganizationGuardrails(
            self,
            "Guardrails",
            platform=platform.name,
            partition=platform.partition,
            root_id=guardrails.root_id,
            accounts={purpose: account for purpose, account in accounts.items() if account is not None},
            regions=platform.allowed_regions,
            instance_types=platform.approved_instance_types,
        )
