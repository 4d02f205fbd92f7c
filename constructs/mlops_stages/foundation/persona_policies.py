"""What each persona may do, as managed policies of one account."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation import capabilities
from mlops_stages.foundation.acknowledge import acknowledge_wildcards
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.sagemaker_registries import REGISTRIES
from mlops_stages.foundation.statement import Statement, actions_of, checked_policy
from mlops_stages.foundation.title_case import title_case
from mlops_stages.platform import Persona


class Capability(StrEnum):
    """A reviewable portion of permissions."""

    USE_STUDIO = "use-studio"
    RUN_ISOLATED_JOBS = "run-isolated-jobs"
    EQUIP_JOBS = "equip-jobs"
    LEAD_TEAM = "lead-team"
    OPERATE_PLATFORM = "operate-platform"
    FOLLOW_BUSINESS = "follow-business"
    AUDIT_ACCOUNT = "audit-account"


STATEMENTS: Mapping[Capability, Callable[[capabilities.Account], tuple[Statement, ...]]] = {
    Capability.USE_STUDIO: capabilities.use_studio,
    Capability.RUN_ISOLATED_JOBS: capabilities.run_isolated_jobs,
    Capability.EQUIP_JOBS: capabilities.equip_jobs,
    Capability.LEAD_TEAM: capabilities.lead_team,
    Capability.OPERATE_PLATFORM: capabilities.operate_platform,
    Capability.FOLLOW_BUSINESS: capabilities.follow_business,
    Capability.AUDIT_ACCOUNT: capabilities.audit_account,
}

WORK_IN_STUDIO = (Capability.USE_STUDIO, Capability.RUN_ISOLATED_JOBS, Capability.EQUIP_JOBS)
CAPABILITIES: Mapping[Persona, tuple[Capability, ...]] = {
    Persona.DATA_SCIENTIST: WORK_IN_STUDIO,
    Persona.LEAD_DATA_SCIENTIST: (*WORK_IN_STUDIO, Capability.LEAD_TEAM),
    Persona.DATA_ENGINEER: WORK_IN_STUDIO,
    Persona.ML_ENGINEER: WORK_IN_STUDIO,
    Persona.PLATFORM_ENGINEER: (Capability.OPERATE_PLATFORM,),
    Persona.BUSINESS_OWNER: (Capability.FOLLOW_BUSINESS,),
    Persona.AUDITOR: (Capability.AUDIT_ACCOUNT,),
}


def works_in_studio(persona: Persona) -> bool:
    """Whether a persona has a Studio profile."""
    return Capability.USE_STUDIO in CAPABILITIES[persona]


def policy_name(platform: str, capability: Capability) -> str:
    """The name of a capability's managed policy."""
    return f"{platform}-{capability}"


def all_actions() -> tuple[str, ...]:
    """Every action that some persona may use; which account it is makes no difference to them."""
    nowhere = Network(vpc_id="", subnet_ids=(), workload_security_group_id="")
    perimeter = Perimeter(partition="", account="", region=next(iter(REGISTRIES)))
    account = capabilities.Account(platform="", perimeter=perimeter, network=nowhere, instance_types=(), key_arn="")
    return actions_of(statement for statements in STATEMENTS.values() for statement in statements(account))


class PersonaPolicies(Construct):
    """One managed policy a capability; a persona's role carries its persona's.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
    """

    def __init__(self, scope: Construct, id: str, *, account: capabilities.Account) -> None:
        """Create the policies of an account.

        Args:
            scope: the parent.
            id: the construct's id in it.
            account: what the statements refer to.

        Raises:
            ValueError: `FND-040` for a policy over IAM's size, which many subnets or instance types can cause.
        """
        granted = {capability: statements(account) for capability, statements in STATEMENTS.items()}
        documents = {
            capability: checked_policy(
                statements,
                f"FND-040: {id}: policy {capability} is larger than IAM takes; allow fewer instance types or subnets",
            )
            for capability, statements in granted.items()
        }
        super().__init__(scope, id)
        for capability, document in documents.items():
            policy = iam.CfnManagedPolicy(
                self,
                title_case(capability),
                managed_policy_name=policy_name(account.platform, capability),
                # No description: changing one replaces the policy, which its fixed name would not allow.
                policy_document=document,
            )
            acknowledge_wildcards(policy, granted[capability])
