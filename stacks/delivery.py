"""The stack of the infrastructure's own delivery, in the tooling account."""

from aws_cdk import App, Environment, Fn, Stack

from mlops_stages.foundation import Perimeter
from mlops_stages.platform import Delivery, Platform, Purpose, Stage
from mlops_stages.reliable.delivery import Bootstrap, DeliveringRepository, PlatformDelivery
from stacks.platform_stack import platform_tags, stack_name


def build(app: App, platform: Platform, qualifier: str) -> None:
    """Create the stack of a platform whose delivery acts; `qualifier` is that of the bootstrap whose roles deploy."""
    if platform.delivered is not None:
        tooling = app.node.find_child(stack_name(platform, Purpose.TOOLING))
        stack = DeliveryStack(app, platform, platform.delivered, qualifier=qualifier)
        if isinstance(tooling, Stack):
            stack.add_stack_dependency(tooling)


class DeliveryStack(Stack):
    """Who may deliver, and who is told when it fails."""

    def __init__(self, app: App, platform: Platform, delivery: Delivery, *, qualifier: str) -> None:
        """Create the stack `PLATFORM-delivery`; `qualifier` is that of the bootstrap whose roles deploy."""
        account = platform.account(Purpose.TOOLING)
        super().__init__(
            app,
            f"{platform.name}-delivery",
            env=Environment(account=account, region=platform.region),
            description=f"{platform.name}: the delivery of its infrastructure, stage {Stage.RELIABLE}",
        )
        platform_tags(platform, Stage.RELIABLE).apply(self)
        perimeter = Perimeter(
            partition=platform.partition,
            account=account,
            region=platform.region,
            organization_id=platform.organization_id,
            platform_accounts=platform.accounts_in_use,
        )
        given = platform.permissions_boundary_in(account)
        exported = f"{stack_name(platform, Purpose.TOOLING)}-BoundaryArn"
        repository = delivery.repository
        PlatformDelivery(
            self,
            "Delivery",
            perimeter=perimeter,
            addresses=platform.addresses,
            repository=DeliveringRepository(
                provider=repository.provider,
                owner=repository.owner,
                name=repository.name,
                branch=repository.branch,
                owner_id=repository.owner_id,
                repository_id=repository.repository_id,
            ),
            bootstrap=Bootstrap(qualifier=qualifier, partition=platform.partition, region=platform.region),
            accounts=platform.accounts_deployed_to,
            owner=platform.owner,
            permissions_boundary_arn=Fn.import_value(exported) if given is None else given,
        )
