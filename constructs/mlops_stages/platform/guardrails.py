"""What holds for the platform's accounts from outside, by the organization's policies."""

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import AccountId, InstanceType, Region, RolePattern, RootId

PIPELINE_INSTANCE_TYPES = (
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.2xlarge",
    "ml.m5.4xlarge",
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.c5.4xlarge",
    "ml.r5.2xlarge",
    "ml.g4dn.xlarge",
    "ml.g5.xlarge",
)
"""What pipelines may run on where the file does not say: general, computing, memory, and one small GPU of each kind."""

MOST_APPROVED_TYPES = 60
"""Types of 26 characters, the longest the file takes; so many fit into one policy of an organization with a margin."""

MOST_REGIONS = 20

MOST_EXEMPT_ROLES = 8

MOST_EXEMPT_CHARACTERS = 320
"""Of the names of exempt roles together: a policy names each of them five times."""


class Guardrails(Section):
    """Organizational units and service control policies for the platform's accounts.

    Left out: none are deployed, because Control Tower or another team does it.
    """

    management_account: AccountId = Field(
        description="Where the organization's policies are deployed: its management account, or the delegated "
        "administrator of policies. It has no purpose of its own, for no such policy holds in a management account.",
        examples=["999999999999"],
    )
    root_id: RootId = Field(
        description="The organization's root, under which the organizational units are made.", examples=["r-a1b2"]
    )
    regions: tuple[Region, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_REGIONS,
        description="The regions where anything may be done, the platform's own among them, 1 to 20. "
        "Left out: the platform's own.",
        examples=[["eu-west-1", "eu-central-1"]],
    )
    approved_instance_types: tuple[InstanceType, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_APPROVED_TYPES,
        description="The SageMaker instance types that anyone or anything may start, 1 to 60; those of `studio` and "
        "of models that serve are among them already. Left out: those and " + ", ".join(PIPELINE_INSTANCE_TYPES) + ".",
        examples=[["ml.m5.xlarge", "ml.g5.xlarge"]],
    )
    exempt_roles: tuple[RolePattern, ...] = Field(
        default=(),
        max_length=MOST_EXEMPT_ROLES,
        description="Names of roles of other deployers (Terraform, StackSets, Control Tower) that may change what "
        "guardrails let only deployments change, at most 8; a `*` at the end stands for what follows. Nobody else can "
        "make or take over a role of such a name, once the guardrails are there: see first that only they have one.",
        examples=[["AWSControlTowerExecution", "stacksets-exec-*"]],
    )
