"""An account that is safe to give to data scientists."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import (
    Account,
    CustomerManagedKey,
    IdentityCenterSignIn,
    Perimeter,
    PersonaPolicies,
    SignIn,
    all_actions,
)
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.foundation.retained_bucket import READ, WRITE
from mlops_stages.initial import experiment_tracking
from mlops_stages.initial.account_baseline import AccountBaseline, GivenFromOutside
from mlops_stages.initial.account_network import NetworkOptions, account_network
from mlops_stages.initial.cost_anomaly_watch import CostAnomalyWatch
from mlops_stages.initial.studio_domain import StudioDomain


@dataclass(frozen=True, kw_only=True)
class StudioOptions:
    """What people may run in Studio and as jobs, and after how many idle minutes an app is shut down."""

    instance_types: Sequence[str]
    idle_shutdown_minutes: int = 60


def boundary_name(platform: str) -> str:
    """The name of the permissions boundary that a platform makes for itself."""
    return f"{platform}-boundary"


def actions_in_use(beyond: Sequence[str] = ()) -> tuple[str, ...]:
    """Every action that a role of an experimentation account may use: the boundary's and the endpoints' list.

    `beyond` are those that people use in other accounts.
    """
    services = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    # Needs no permission, but a way there: SDKs in Studio and in jobs ask who they are.
    identity = ("sts:GetCallerIdentity",)
    data = (*READ, *WRITE, *ENCRYPT_AND_DECRYPT)
    return tuple(sorted({*all_actions(), *data, *experiment_tracking.USE, *services, *identity, *beyond}))


class ExperimentationAccount(Construct):
    """Network, keys, Studio, permissions, alarms and audit trail of one account; teams come on top (`TeamWorkspace`).

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/ml-operations-planning/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        owner: str,
        perimeter: Perimeter,
        network: NetworkOptions,
        studio: StudioOptions,
        sign_in: SignIn,
        given: GivenFromOutside | None = None,
        cost_anomaly_minimum_usd: int = 100,
        beyond: Sequence[str] = (),
    ) -> None:
        """Create the account's shared part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name, which starts all names.
            owner: e-mail address of who is told about alarms and unusual costs.
            perimeter: the account and its organization.
            network: a VPC to make, or one to use.
            studio: what people may run.
            sign_in: how people come in; decides the domain's sign-in.
            given: what exists already.
            cost_anomaly_minimum_usd: total impact in USD of unusual costs below which nobody is told.
            beyond: actions that people use in other accounts, within the boundary.
        """
        super().__init__(scope, id)
        given = given if given is not None else GivenFromOutside()
        actions = actions_in_use(beyond)
        baseline = AccountBaseline(
            self,
            platform=platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=boundary_name(platform),
            operations_alias=f"{platform}/operations",
            actions=actions,
            trail_name=f"{platform}-audit",
            given=given,
        )
        self.permissions_boundary_arn: str = baseline.permissions_boundary_arn
        self.access_log_bucket: s3.IBucket = baseline.access_log_bucket
        self.alarm_topic = baseline.alarm_topic
        CostAnomalyWatch(
            self,
            "CostAnomalies",
            name=f"{platform}-experimentation",
            owner=owner,
            monitor_arn=given.cost_anomaly_monitor_arn,
            minimum_usd=cost_anomaly_minimum_usd,
        )
        self.network = account_network(
            self,
            network,
            perimeter=perimeter,
            endpoint_actions=actions,
            flow_log_key=baseline.operations_key,
            permissions_boundary_arn=self.permissions_boundary_arn,
        )
        studio_key = CustomerManagedKey(
            self,
            "StudioKey",
            perimeter=perimeter,
            alias=f"{platform}/studio",
            description="Home directories and volumes of Studio and of jobs",
            via=["sagemaker", "elasticfilesystem", "ec2"],
        )
        self.personas = self._personas(platform, studio, studio_key, perimeter)
        domain = StudioDomain(
            self,
            "Studio",
            perimeter=perimeter,
            name=f"{platform}-experimentation",
            network=self.network,
            key=studio_key,
            permissions_boundary_arn=self.permissions_boundary_arn,
            sign_in="SSO" if isinstance(sign_in, IdentityCenterSignIn) else "IAM",
            idle_shutdown_minutes=studio.idle_shutdown_minutes,
        )
        self.domain_id: str = domain.domain_id
        self.studio_application_arn: str | None = domain.application_arn
        # A domain that is deleted leaves its home file system, which keeps the network in use.
        baseline.start_trail_after_the_rest(domain)

    def _personas(
        self, platform: str, studio: StudioOptions, key: CustomerManagedKey, perimeter: Perimeter
    ) -> PersonaPolicies:
        account = Account(
            platform=platform,
            perimeter=perimeter,
            network=self.network,
            instance_types=studio.instance_types,
            key_arn=key.key_arn,
        )
        return PersonaPolicies(self, "Personas", account=account)
