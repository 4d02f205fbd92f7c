"""Availability zones: those that the stacks pick, and those in which the endpoint services are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan, Planned, listed, mapping, reference

_ENDPOINT = "AWS::EC2::VPCEndpoint"
_SUBNET = "AWS::EC2::Subnet"
_ZONES = "ec2.describe_availability_zones"
_SUBNETS = "ec2.describe_subnets"
_SERVICES = "ec2.describe_vpc_endpoint_services"


@dataclass(frozen=True, kw_only=True)
class Zones:
    """The zones of an account, and its endpoint services.

    Attributes:
        ids: the names of all zones, by their ids.
        first: those that `Fn::GetAZs` gives, in its order.
        services: the zones of each endpoint service.
        names: the private names of each endpoint service.
    """

    ids: Mapping[str, str]
    first: tuple[str, ...]
    services: Mapping[str, frozenset[str]]
    names: Mapping[str, frozenset[str]]


def _ask(account: Account, plan: Plan) -> Zones:
    del plan
    zones = [
        zone
        for zone in account.items(_ZONES, "AvailabilityZones")
        if zone.get("ZoneType", "availability-zone") == "availability-zone" and zone.get("State") == "available"
    ]
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getavailabilityzones.html
    defaults = account.items(_SUBNETS, "Subnets", Filters=[{"Name": "default-for-az", "Values": ["true"]}])
    with_default = {subnet["AvailabilityZone"] for subnet in defaults}
    services = account.items(_SERVICES, "ServiceDetails")
    return Zones(
        ids={str(zone.get("ZoneId")): zone["ZoneName"] for zone in zones},
        first=tuple(sorted(z["ZoneName"] for z in zones if not with_default or z["ZoneName"] in with_default)),
        services={each["ServiceName"]: frozenset(each.get("AvailabilityZones", ())) for each in services},
        names={each["ServiceName"]: frozenset(_private_names(each)) for each in services},
    )


def _private_names(service: Mapping[str, Any]) -> Iterable[str]:
    named = (each.get("PrivateDnsName") for each in (service, *service.get("PrivateDnsNames", ())))
    return (name for name in named if name)


def zone_of(subnet: Planned, zones: Zones) -> str | None:
    """The zone that a planned subnet will be in; None where the account has no such zone."""
    name, number = subnet.text("AvailabilityZone"), subnet.text("AvailabilityZoneId")
    if number is not None:
        return zones.ids.get(number)
    if name is not None:
        return name if name in zones.ids.values() else None
    chosen = listed(mapping(subnet.properties.get("AvailabilityZone")).get("Fn::Select"))
    index = int(chosen[0]) if chosen else 0
    return zones.first[index] if index < len(zones.first) else None


def _numbers(found: Zones) -> list[tuple[str, str]]:
    """The zones by name, with their ids."""
    return sorted((name, number) for number, name in found.ids.items())


def _interfaces(plan: Plan, account: str) -> Iterable[Planned]:
    return (each for each in plan.of_type(_ENDPOINT, account) if each.text("VpcEndpointType") == "Interface")


def _no_service(plan: Plan, account: str, found: Zones) -> Iterable[Fault]:
    wanted = {each.text("ServiceName") or "" for each in plan.of_type(_ENDPOINT, account)}
    for service in sorted(wanted - found.services.keys()):
        yield Fault(
            place=f"endpoint service {service}",
            message=f"region {plan.region} has no such service for this account",
            fix="choose another region, or import a network whose endpoints you make yourself (`network.vpc_id`)",
        )


def _no_zone(plan: Plan, account: str, found: Zones) -> Iterable[Fault]:
    for subnet in plan.of_type(_SUBNET, account):
        if zone_of(subnet, found) is None:
            named = subnet.text("AvailabilityZone") or subnet.text("AvailabilityZoneId")
            there = ", ".join(f"{name} ({number})" for name, number in _numbers(found))
            yield Fault(
                place=subnet.place,
                message=f"the account has no zone {named}; it has {there}"
                if named is not None
                else f"CloudFormation sees {len(found.first)} zones in this account: {', '.join(found.first)}",
                fix="name zones of the account in the network's `zones`"
                if named is not None
                else "lower `availability_zones`, or name `zones`; where the account has a default VPC, CloudFormation "
                "sees only the zones with a default subnet",
            )


def _not_in_zone(plan: Plan, account: str, found: Zones) -> Iterable[Fault]:
    subnets = {(each.stack, each.logical_id): each for each in plan.of_type(_SUBNET, account)}
    lacking: dict[tuple[str, str], list[str]] = {}
    for endpoint in _interfaces(plan, account):
        service = endpoint.text("ServiceName") or ""
        for named in endpoint.properties.get("SubnetIds", ()):
            subnet = subnets.get((endpoint.stack, reference(named)))
            zone = None if subnet is None else zone_of(subnet, found)
            if zone is not None and zone not in found.services.get(service, {zone}):
                lacking.setdefault((endpoint.stack, zone), []).append(service)
    for (stack, zone), services in lacking.items():
        wanted = {endpoint.text("ServiceName") or "" for endpoint in _interfaces(plan, account)} & found.services.keys()
        good = [number for name, number in _numbers(found) if all(name in found.services[each] for each in wanted)]
        yield Fault(
            place=f"zone {zone} of {stack}",
            message=f"not in this zone: {', '.join(services)}",
            fix=f"write `zones` of the network with two or three of {', '.join(good)}"
            if len(good) > 1
            else "import a network whose endpoints you make yourself (`vpc_id`): no two zones have every service",
        )


def _no_mlflow_name(plan: Plan, account: str, found: Zones) -> Iterable[Fault]:
    service = plan.platform.studio.mlflow_endpoint_service or f"aws.sagemaker.{plan.region}.experiments"
    wanted = (
        f"mlflow.sagemaker.{plan.region}.app.aws"  # https://pypi.org/project/sagemaker-mlflow/, its endpoint of apps
    )
    if not any(each.text("ServiceName") == service for each in _interfaces(plan, account)):
        return
    names = found.names.get(service)
    if names is None or _answers(names, wanted):
        return
    others = [other for other, private in sorted(found.names.items()) if _answers(private, wanted)]
    yield Fault(
        place=f"endpoint service {service}",
        message=f"its private names are {', '.join(sorted(names)) or 'none'}; {wanted} is not among them",
        fix=f"write `studio: {{mlflow_endpoint_service: {others[0]}}}`"
        if others
        else "open MLflow by its presigned URL (`aws sagemaker create-presigned-mlflow-app-url`), from outside",
    )


def _answers(names: Iterable[str], wanted: str) -> bool:
    """Whether one of the private names, which may start with a wildcard, is that of the endpoint or of a subdomain."""
    return any(wanted in (name, name.removeprefix("*.")) for name in names)


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-055",
        severity=Severity.ERROR,
        looks_at="the endpoint services of the network, in the region",
        breaks="the network's stack fails (InvalidServiceName)",
        asks=(_ZONES, _SUBNETS, _SERVICES),
        where=lambda plan: plan.accounts_with(_ENDPOINT),
        ask=_ask,
        judge=_no_service,
    ),
    Check(
        code="PRE-056",
        severity=Severity.ERROR,
        looks_at="the zones of the account, against those of the network's subnets",
        breaks="the network's stack fails: there is no such zone",
        asks=(_ZONES, _SUBNETS, _SERVICES),
        where=lambda plan: plan.accounts_with(_SUBNET),
        ask=_ask,
        judge=_no_zone,
    ),
    Check(
        code="PRE-057",
        severity=Severity.ERROR,
        looks_at="the zones of the endpoint services, against those that the stacks pick",
        breaks="the endpoint fails: the service does not support the subnet's zone",
        asks=(_ZONES, _SUBNETS, _SERVICES),
        where=lambda plan: plan.accounts_with(_ENDPOINT),
        ask=_ask,
        judge=_not_in_zone,
    ),
    Check(
        code="PRE-058",
        severity=Severity.WARNING,
        looks_at="whether the endpoint for MLflow has the name that AWS's client calls (`PrivateDnsNames`)",
        breaks="AWS's MLflow client cannot reach an MLflow app from Studio; the presigned URL works",
        asks=(_ZONES, _SUBNETS, _SERVICES),
        where=lambda plan: plan.accounts_with(_ENDPOINT),
        ask=_ask,
        judge=_no_mlflow_name,
    ),
)
