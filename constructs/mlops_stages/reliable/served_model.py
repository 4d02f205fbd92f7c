"""A model where it serves: whose it is, in which account and network, and the names that follow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mlops_stages.foundation import Network, Perimeter
from mlops_stages.platform import Addresses
from mlops_stages.runtime.promotion.settings import config_prefix, jobs_prefix

VARIANT, SHADOW_VARIANT = "champion", "challenger"
"""The variants' names, in every version: SageMaker shifts traffic between configurations with the same ones."""

LONGEST_CONFIG_NAME = 54
"""Characters of `ConfigName`; with what follows it, 63: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html"""

LONGEST_TOLD = 512
"""Half of what the description of an alarm or a rule takes; the other half says what is the matter."""

_ENVIRONMENT = re.compile("[a-z]{2,10}")
_TEAM = re.compile("(?=.{3,20}$)[a-z0-9]+(-[a-z0-9]+)*")
_MODEL = re.compile("(?=.{3,24}$)[a-z0-9]+(-[a-z0-9]+)*")
_ACCOUNT = re.compile("[0-9]{12}")
_REGION = re.compile("[a-z0-9-]+")


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """What the constructs of one model in one environment refer to.

    Attributes:
        addresses: the names of what is in other accounts.
        perimeter: the account that it serves in.
        team: whose model it is.
        model: the model's name, unique in the platform.
        environment: such as `staging` or `production`: 2 to 10 of a-z. It is part of names, since several environments
            may share an account; those differ in their first letters.
        owner: e-mail address of who answers for the model.
        network: where it runs; its group is the model's own. None for a serverless endpoint, which has none.
    """

    addresses: Addresses
    perimeter: Perimeter
    team: str
    model: str
    environment: str
    owner: str
    network: Network | None

    def check(self, where: str) -> None:
        """Refuse what no name can hold, or what a pattern would take for more than a name.

        Raises:
            ValueError: `REL-032` for a name out of its bounds, or addresses that only a deployment knows: a parameter's
                pattern holds them.
        """
        names = {
            "an environment; give 2 to 10 of a-z": (_ENVIRONMENT, self.environment),
            "a team; give 3 to 20 of a-z, 0-9 and single hyphens": (_TEAM, self.team),
            "a model; give 3 to 24 of a-z, 0-9 and single hyphens": (_MODEL, self.model),
            "an account; give the tooling account's twelve digits": (_ACCOUNT, self.addresses.tooling),
            "a region; give the addresses' by its name": (_REGION, self.addresses.region),
            "a partition; give the addresses' by its name": (_REGION, self.addresses.partition),
        }
        for what, (pattern, name) in names.items():
            if not pattern.fullmatch(name):
                message = f"REL-032: {where}: {name!r} is not {what}"
                raise ValueError(message)

    @property
    def endpoint_name(self) -> str:
        """What callers name."""
        return self.addresses.endpoint_name(self.team, self.model, self.environment)

    @property
    def log_group_name(self) -> str:
        """Where SageMaker writes what the containers print; the name is SageMaker's choice."""
        return f"/aws/sagemaker/Endpoints/{self.endpoint_name}"

    @property
    def group(self) -> str:
        """The model's group of packages, by which what serves it is named."""
        return f"{self.team}-{self.model}"

    @property
    def config_prefix(self) -> str:
        """What `ConfigName` starts with; a version's number follows. Environments of one account have others."""
        return config_prefix(self.group, self.environment)

    @property
    def config_pattern(self) -> str:
        """The pattern of `ConfigName`: empty, or a version, and a mark where a version is released again."""
        return f"^(|{self.config_prefix}[1-9][0-9]{{0,8}}(-[0-9][0-9a-z]{{0,15}})?)$"

    @property
    def package_pattern(self) -> str:
        """The pattern of the packages that may serve: versions of this model in the platform's registry, or none."""
        versions = self.addresses.packages(self.team, self.model).removesuffix("*")
        return f"^(|{versions}[1-9][0-9]{{0,8}})$"

    @property
    def transform_name(self) -> str:
        """What its batch transform's rule and schedule are named by."""
        return self.addresses.transform_name(self.model, self.environment)

    @property
    def transform_rule_arn(self) -> str:
        """The rule of EventBridge that tells of failed jobs: the topic must let it publish."""
        return self.perimeter.arn("events", f"rule/{self.transform_name}")

    @property
    def decisions_name(self) -> str:
        """What reads its decisions, and the queues and the schedule of that, are named by."""
        return self.addresses.decisions_name(self.model, self.environment)

    @property
    def monitors_name(self) -> str:
        """What judges its decisions, and the schedule and the alarms of that, are named by."""
        return self.addresses.monitors_name(self.model, self.environment)

    @property
    def notices_name(self) -> str:
        """What tells of its alarms, its queue and the group of its schedules are named by."""
        return self.addresses.notices_name(self.model, self.environment)

    @property
    def dashboard_name(self) -> str:
        """Its dashboard in CloudWatch."""
        return self.addresses.dashboard_name(self.model, self.environment)

    @property
    def notices_arn(self) -> str:
        """That function's ARN."""
        return self.perimeter.arn("lambda", f"function:{self.notices_name}")

    @property
    def alarms_begin_with(self) -> Mapping[str, str]:
        """What the names of the alarms begin with that its owner is told of, and what people say for that."""
        return self.addresses.alarms_begin_with(self.team, self.model, self.environment)

    @property
    def jobs_prefix(self) -> str:
        """What the names of its transform jobs start with."""
        return jobs_prefix(self.group, self.environment)

    @property
    def tries_prefix(self) -> str:
        """What the names of the jobs start with that test a version."""
        return f"{self.jobs_prefix}-try-"

    @property
    def role_name(self) -> str:
        """What SageMaker becomes to serve it."""
        return self.addresses.serve_role_name(self.model, self.environment)

    @property
    def serve_role(self) -> str:
        """Its ARN."""
        return self.addresses.serve_role(self.perimeter.account, self.team, self.model, self.environment)

    @property
    def cloudformation_role(self) -> str:
        """What CloudFormation becomes to make what a release takes, in the account that it serves in."""
        name = f"cloudformation-{self.environment}"
        return self.addresses.model_role(self.perimeter.account, self.team, self.model, name)

    @property
    def schedule_role_name(self) -> str:
        """What EventBridge Scheduler becomes to start its transform jobs."""
        return self.addresses.model_role_name(self.model, f"schedule-{self.environment}")

    @property
    def schedule_role(self) -> str:
        """Its ARN."""
        return self.addresses.model_role(self.perimeter.account, self.team, self.model, f"schedule-{self.environment}")

    def told(self, where: str, runbook: str) -> str:
        """What each alarm and notice ends with: whose it is, and where to read on.

        Raises:
            ValueError: `REL-038` for a runbook longer than a description takes.
        """
        told = f"Model {self.team}/{self.model} in {self.environment}; owner {self.owner}; runbook: {runbook}"
        if len(told) > LONGEST_TOLD:
            message = f"REL-038: {where}: the runbook's address is {len(runbook)} characters long; give a shorter one"
            raise ValueError(message)
        return told
