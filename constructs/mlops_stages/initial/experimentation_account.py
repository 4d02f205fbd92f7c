"""An account that is safe to give to data scientists."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import (
    AccessLogBucket,
    Account,
    AlarmTopic,
    CustomerManagedKey,
    IdentityCenterSignIn,
    ImportedNetwork,
    IsolatedNetwork,
    Network,
    Perimeter,
    PermissionsBoundary,
    PersonaPolicies,
    SignIn,
    alarms_may_encrypt,
    all_actions,
    import_bucket,
    logs_may_encrypt,
)
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.foundation.retained_bucket import READ, WRITE
from mlops_stages.initial import experiment_tracking
from mlops_stages.initial.audit_trail import AuditTrail
from mlops_stages.initial.cost_anomaly_watch import CostAnomalyWatch
from mlops_stages.initial.security_alarms import SecurityAlarms
from mlops_stages.initial.studio_domain import StudioDomain


@dataclass(frozen=True, kw_only=True)
class OwnNetworkOptions:
    """A VPC to create: its IPv4 range, and in how many zones."""

    cidr: str = "10.20.0.0/16"
    availability_zones: int = 2


@dataclass(frozen=True, kw_only=True)
class ImportedNetworkOptions:
    """A VPC without internet access that exists: its id, and private subnets in two zones or more."""

    vpc_id: str
    subnet_ids: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class GivenFromOutside:
    """What a landing zone such as Control Tower provides; `None` lets the account make its own."""

    permissions_boundary_arn: str | None = None
    access_log_bucket: str | None = None
    cost_anomaly_monitor_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class StudioOptions:
    """What people may run in Studio and as jobs, and after how many idle minutes an app is shut down."""

    instance_types: Sequence[str]
    idle_shutdown_minutes: int = 60


def boundary_name(platform: str) -> str:
    """The name of the permissions boundary that a platform makes for itself."""
    return f"{platform}-boundary"


def actions_in_use() -> tuple[str, ...]:
    """Every action that a role of an experimentation account may use: the boundary's and the endpoints' list."""
    services = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    # Needs no permission, but a way there: SDKs in Studio and in jobs ask who they are.
    identity = ("sts:GetCallerIdentity",)
    data = (*READ, *WRITE, *ENCRYPT_AND_DECRYPT)
    return tuple(sorted({*all_actions(), *data, *experiment_tracking.USE, *services, *identity}))


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
        network: OwnNetworkOptions | ImportedNetworkOptions,
        studio: StudioOptions,
        sign_in: SignIn,
        given: GivenFromOutside | None = None,
        cost_anomaly_minimum_usd: int = 100,
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
        """
        super().__init__(scope, id)
        given = given if given is not None else GivenFromOutside()
        self.permissions_boundary_arn: str = (
            given.permissions_boundary_arn
            if given.permissions_boundary_arn is not None
            else PermissionsBoundary(
                self, "Boundary", perimeter=perimeter, name=boundary_name(platform), actions=actions_in_use()
            ).policy_arn
        )
        self.access_log_bucket: s3.IBucket = (
            import_bucket(self, "AccessLogs", name=given.access_log_bucket)
            if given.access_log_bucket is not None
            else AccessLogBucket(self, "AccessLogs", perimeter=perimeter).bucket
        )
        trail = AuditTrail(
            self,
            "AuditTrail",
            name=f"{platform}-audit",
            perimeter=perimeter,
            access_log_bucket=self.access_log_bucket,
            permissions_boundary_arn=self.permissions_boundary_arn,
        )
        operations_key = CustomerManagedKey(
            self,
            "OperationsKey",
            perimeter=perimeter,
            alias=f"{platform}/operations",
            description="Flow logs and alarms",
            statements=[logs_may_encrypt(perimeter), alarms_may_encrypt(perimeter)],
        )
        self.alarm_topic = AlarmTopic(self, "Alarms", perimeter=perimeter, key=operations_key, owners=[owner])
        SecurityAlarms(
            self, "SecurityAlarms", platform=platform, log_group_name=trail.log_group_name, topic=self.alarm_topic
        )
        CostAnomalyWatch(
            self,
            "CostAnomalies",
            name=f"{platform}-experimentation",
            owner=owner,
            monitor_arn=given.cost_anomaly_monitor_arn,
            minimum_usd=cost_anomaly_minimum_usd,
        )
        self.network = self._network(network, perimeter, operations_key)
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

    def _network(
        self, options: OwnNetworkOptions | ImportedNetworkOptions, perimeter: Perimeter, key: CustomerManagedKey
    ) -> Network:
        match options:
            case OwnNetworkOptions():
                return IsolatedNetwork(
                    self,
                    "Network",
                    cidr=options.cidr,
                    availability_zones=options.availability_zones,
                    perimeter=perimeter,
                    endpoint_actions=actions_in_use(),
                    flow_log_key=key,
                    permissions_boundary_arn=self.permissions_boundary_arn,
                ).network
            case ImportedNetworkOptions():
                return ImportedNetwork(self, "Network", vpc_id=options.vpc_id, subnet_ids=options.subnet_ids).network

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
