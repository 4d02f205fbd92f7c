"""What of the plan is deployed already: the platform's own stacks in an account, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.plan import Plan, Planned

ASKS = ("cloudformation.describe_stacks", "cloudformation.list_stack_resources")
"""What `deployed` asks: part of every check that must know what is the platform's own."""

_GONE = frozenset({"CREATE_FAILED", "DELETE_COMPLETE", "DELETE_SKIPPED"})
NEVER_COMPLETED = frozenset(
    {"CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
)
"""The states of a stack that the next deploy makes anew, so that it holds nothing on which an update could build."""


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack in an account. `resources` are the physical ids of what it holds, by logical id."""

    name: str
    status: str
    protected: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    resources: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Deployed:
    """The stacks of an account, the platform's with what they hold."""

    stacks: Mapping[str, DeployedStack]

    def holds(self, planned: Planned) -> bool:
        """Whether a planned resource is there already, in its own stack."""
        stack = self.stacks.get(planned.stack)
        return stack is not None and stack.status not in NEVER_COMPLETED and planned.logical_id in stack.resources

    def missing(self, plan: Plan, type: str, account: str) -> tuple[Planned, ...]:
        """The planned resources of a type that a deploy will create in an account."""
        return tuple(resource for resource in plan.of_type(type, account) if not self.holds(resource))


def deployed(account: Account, plan: Plan) -> Deployed:
    """Read the stacks of an account. Raises Unseen."""
    return cast("Deployed", account.once("deployed", lambda: _read(account, plan)))


def _read(account: Account, plan: Plan) -> Deployed:
    ours = {stack.name for stack in plan.stacks_in(account.id)}
    found = account.items("cloudformation.describe_stacks", "Stacks")
    return Deployed(
        {
            stack["StackName"]: DeployedStack(
                name=stack["StackName"],
                status=stack["StackStatus"],
                protected=bool(stack.get("EnableTerminationProtection")),
                parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in stack.get("Parameters", ())},
                outputs={o["OutputKey"]: o.get("OutputValue", "") for o in stack.get("Outputs", ())},
                resources=_resources(account, stack["StackName"]) if stack["StackName"] in ours else {},
            )
            for stack in found
        }
    )


def _resources(account: Account, stack: str) -> Mapping[str, str]:
    found = account.items("cloudformation.list_stack_resources", "StackResourceSummaries", StackName=stack)
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for resource in found
        if resource.get("ResourceStatus") not in _GONE
    }
