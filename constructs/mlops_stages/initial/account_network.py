"""The network of an account: one to make, or one that exists."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, ImportedNetwork, IsolatedNetwork, Network, Perimeter


@dataclass(frozen=True, kw_only=True)
class OwnNetworkOptions:
    """A VPC to create: its IPv4 range, and its zones, by number, or by their names or ids.

    `tracking_service` is the endpoint service of MLflow apps, where it is not the one of tracking servers.
    """

    cidr: str = "10.20.0.0/16"
    availability_zones: int | None = None
    zones: Sequence[str] | None = None
    tracking_service: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImportedNetworkOptions:
    """A VPC without internet access that exists: its id, and private subnets in two zones or more."""

    vpc_id: str
    subnet_ids: Sequence[str]


NetworkOptions = OwnNetworkOptions | ImportedNetworkOptions


def account_network(
    scope: Construct,
    options: NetworkOptions,
    *,
    perimeter: Perimeter,
    endpoint_actions: Sequence[str],
    flow_log_key: CustomerManagedKey,
    permissions_boundary_arn: str,
) -> Network:
    """Make or import the network of an account, as a child of its construct.

    Args:
        scope: the account's construct.
        options: which of the two.
        perimeter: the account and its organization.
        endpoint_actions: what passes the endpoints of a network that is made.
        flow_log_key: what its flow logs are under.
        permissions_boundary_arn: the most that its roles may ever do.
    """
    match options:
        case OwnNetworkOptions():
            return IsolatedNetwork(
                scope,
                "Network",
                cidr=options.cidr,
                availability_zones=options.availability_zones,
                zones=options.zones,
                tracking_service=options.tracking_service,
                perimeter=perimeter,
                endpoint_actions=endpoint_actions,
                flow_log_key=flow_log_key,
                permissions_boundary_arn=permissions_boundary_arn,
            ).network
        case ImportedNetworkOptions():
            return ImportedNetwork(scope, "Network", vpc_id=options.vpc_id, subnet_ids=options.subnet_ids).network
