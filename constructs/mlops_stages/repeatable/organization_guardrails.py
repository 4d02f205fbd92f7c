"""The organization's part: a unit for each kind of account, and the policies that hold in them."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnResource
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from mlops_stages.foundation import Statement, retain
from mlops_stages.platform import Purpose
from mlops_stages.platform.role_patterns import LEAST_LITERAL, is_of_the_platform, is_too_wide
from mlops_stages.repeatable import guardrails
from mlops_stages.repeatable.guardrails import DEPLOYMENT_ROLES, Guarded
from mlops_stages.repeatable.service_control_policy import ServiceControlPolicy

UNITS: Mapping[str, tuple[Purpose, ...]] = {
    "experimentation": (Purpose.EXPERIMENTATION,),
    "workloads": (Purpose.DEVELOPMENT, Purpose.STAGING, Purpose.PRODUCTION),
    "shared": (Purpose.TOOLING, Purpose.DATA, Purpose.GOVERNANCE),
}
"""The units under the platform's own, and the purposes of accounts that belong in each."""


class OrganizationGuardrails(Construct):
    """Organizational units for the platform, and service control policies on them and on its accounts.

    Lives in the management account, or where policies are delegated to. The policies hold in the accounts wherever
    these sit now: moving an account between units is the organization's own act, and none of CloudFormation's.
    Nothing here is deleted with its stack.

    Source: https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        partition: str,
        root_id: str,
        accounts: Mapping[Purpose, str],
        regions: Sequence[str],
        instance_types: Sequence[str],
        deployment_roles: Sequence[str] = DEPLOYMENT_ROLES,
    ) -> None:
        """Create the units and policies.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name, which starts the names of units and policies.
            partition: the part of AWS, such as `aws`.
            root_id: the organization's root, `r-...`, above the units.
            accounts: the accounts to guard, by purpose; several purposes may share one.
            regions: where anything may be done.
            instance_types: the SageMaker instance types that may be started.
            deployment_roles: the names of roles that may change what is deployed, each with a `*` at its end or
                none; nobody else can make, change or take over such a role.

        Raises:
            ValueError: `REP-013` without an account, a region or an instance type; `REP-010` for more regions,
                instance types or roles than a policy can hold; `REP-017` for a role that anybody may have, or one that
                the platform makes for people, jobs or CI.
        """
        if not accounts or not regions or not instance_types:
            message = f"REP-013: {id}: name at least one account, one region and one instance type"
            raise ValueError(message)
        for role in deployment_roles:
            if not role or is_too_wide(role) or is_of_the_platform(role, platform):
                message = (
                    f"REP-017: {id}: {role!r} could be anybody's role, or one of the platform's; name another "
                    f"deployer's, with at least {LEAST_LITERAL} characters before a `*` at its end"
                )
                raise ValueError(message)
        guarded = Guarded(
            platform=platform,
            partition=partition,
            regions=sorted(regions),
            instance_types=sorted(instance_types),
            deployment_roles=deployment_roles,
        )
        with_notebooks = {accounts[Purpose.EXPERIMENTATION]} if Purpose.EXPERIMENTATION in accounts else set[str]()
        every = sorted(set(accounts.values()))
        super().__init__(scope, id)
        self._last: CfnResource | None = None
        home = self._unit("Platform", name=platform, parent=root_id)
        units = {
            name: self._unit(name.title(), name=f"{platform}-{name}", parent=home.attr_id).attr_id for name in UNITS
        }
        self.unit_ids: Mapping[str, str] = {"platform": home.attr_id, **units}
        """The ids of the units, by `platform`, `experimentation`, `workloads` and `shared`."""
        for key, name, description, statements, targets in (
            (
                "Audit",
                "audit",
                "Stay in the organization; keep the record, keys and protections",
                (
                    *guardrails.stay(),
                    *guardrails.keep_the_audit_trail(guarded),
                    *guardrails.keep_what_is_deployed(guarded),
                ),
                [home.attr_id, *every],
            ),
            (
                "Data",
                "data",
                "Allowed regions only; encrypted storage; nothing public",
                (
                    *guardrails.only_allowed_regions(guarded),
                    *guardrails.encrypted_storage(guarded),
                    *guardrails.nothing_public(guarded),
                ),
                [home.attr_id, *every],
            ),
            (
                "Access",
                "access",
                "Data, models and Studio for the platform's roles; access, records and networks change by deployment",
                (*guardrails.keep_access(guarded), *guardrails.only_for_the_platform(guarded)),
                [home.attr_id, *every],
            ),
            (
                "Exploring",
                "exploring",
                "SageMaker where people explore: in the network, encrypted, approved machines",
                (*guardrails.machine_learning(guarded), *guardrails.studio_in_our_network()),
                [units["experimentation"], *sorted(with_notebooks)],
            ),
            (
                "Operating",
                "operating",
                "SageMaker where pipelines train and models serve: the same, and no notebooks",
                (*guardrails.machine_learning(guarded), *guardrails.no_notebooks()),
                [units["workloads"], units["shared"], *sorted(set(every) - with_notebooks)],
            ),
        ):
            self._policy(
                key, name=f"{platform}-{name}", description=description, statements=statements, targets=targets
            )

    def _unit(self, id: str, *, name: str, parent: str) -> organizations.CfnOrganizationalUnit:
        unit = organizations.CfnOrganizationalUnit(self, f"{id}Unit", name=name, parent_id=parent)
        retain(unit)
        self._after_the_last(unit, parent)
        return unit

    def _policy(
        self, id: str, *, name: str, description: str, statements: Sequence[Statement], targets: Sequence[str]
    ) -> None:
        policy = ServiceControlPolicy(
            self, id, name=name, description=description, statements=statements, targets=targets
        )
        self._after_the_last(policy.resource, *targets)

    def _after_the_last(self, resource: CfnResource, *refers_to: str) -> None:
        # Organizations takes one change at a time, and refuses what comes meanwhile (ConcurrentModificationException).
        # What refers to the last one already depends on it.
        if self._last is not None and self._last.get_att("Id").to_string() not in refers_to:
            resource.add_resource_dependency(self._last)
        self._last = resource
