"""Networks that exist: the VPC, its subnets, DNS and endpoints, which a template cannot see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import ImportedNetwork, Purpose
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_VPCS = "ec2.describe_vpcs"
_SUBNETS = "ec2.describe_subnets"
_ATTRIBUTE = "ec2.describe_vpc_attribute"
_ENDPOINTS = "ec2.describe_vpc_endpoints"
_NO_VPC = ("InvalidVpcID.NotFound", "InvalidVpcID.Malformed")
_NO_SUBNET = ("InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed")
_DNS = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}

_DATA_JOBS = (
    "com.amazonaws.{region}.ec2",
    "com.amazonaws.{region}.ecr.api",
    "com.amazonaws.{region}.ecr.dkr",
    "com.amazonaws.{region}.glue",
    "com.amazonaws.{region}.kms",
    "com.amazonaws.{region}.logs",
    "com.amazonaws.{region}.monitoring",
    "com.amazonaws.{region}.s3",
    "com.amazonaws.{region}.sagemaker.api",
    "com.amazonaws.{region}.sagemaker.featurestore-runtime",
    "com.amazonaws.{region}.sts",
)
_STUDIO = (
    "aws.sagemaker.{region}.experiments",
    "com.amazonaws.{region}.ec2",
    "com.amazonaws.{region}.ecr.api",
    "com.amazonaws.{region}.ecr.dkr",
    "com.amazonaws.{region}.kms",
    "com.amazonaws.{region}.logs",
    "com.amazonaws.{region}.monitoring",
    "com.amazonaws.{region}.s3",
    "com.amazonaws.{region}.sagemaker.api",
    "com.amazonaws.{region}.sagemaker.featurestore-runtime",
    "com.amazonaws.{region}.sagemaker.runtime",
    "com.amazonaws.{region}.sts",
)
NEEDED: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.EXPERIMENTATION: _STUDIO,
    Purpose.DATA: _DATA_JOBS,
    Purpose.DEVELOPMENT: ("com.amazonaws.{region}.s3",),
    Purpose.STAGING: ("com.amazonaws.{region}.s3",),
    Purpose.PRODUCTION: ("com.amazonaws.{region}.s3",),
}
"""The services that work needs an endpoint for, by the purpose of the network: those of a network of the platform's."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet: its VPC and zone."""

    vpc: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """An imported network as it is. `subnets` has None for one that does not exist."""

    exists: bool
    dns: Mapping[str, bool]
    subnets: Mapping[str, Subnet | None]
    endpoints: frozenset[str]


Vpcs = Mapping[str, Vpc]


def _networks(plan: Plan) -> Mapping[Purpose, ImportedNetwork]:
    deployed = {purpose: plan.platform.accounts.of(purpose) for purpose in NEEDED}
    networks = {p: plan.platform.network_of(p) for p, account in deployed.items() if account in plan.accounts}
    return {purpose: network for purpose, network in networks.items() if isinstance(network, ImportedNetwork)}


def _in(plan: Plan, account: str) -> Mapping[Purpose, ImportedNetwork]:
    return {p: network for p, network in _networks(plan).items() if plan.platform.account(p) == account}


def _ask(account: Account, plan: Plan) -> Vpcs:
    return {network.vpc_id: _vpc(account, network) for network in _in(plan, account.id).values()}


def _vpc(account: Account, network: ImportedNetwork) -> Vpc:
    found = account.call(_VPCS, missing=_NO_VPC, VpcIds=[network.vpc_id])
    exists = found is not None and bool(found["Vpcs"])
    endpoints = account.items(_ENDPOINTS, "VpcEndpoints") if exists else ()
    return Vpc(
        exists=exists,
        dns={name: _attribute(account, network.vpc_id, name) for name in _DNS} if exists else {},
        subnets={subnet: _subnet(account, subnet) for subnet in network.subnet_ids},
        endpoints=frozenset(
            each["ServiceName"]
            for each in endpoints
            if each.get("VpcId") == network.vpc_id and str(each.get("State", "available")).lower() == "available"
        ),
    )


def _attribute(account: Account, vpc: str, name: str) -> bool:
    found = account.call(_ATTRIBUTE, VpcId=vpc, Attribute=name) or {}
    return bool(found.get(_DNS[name], {}).get("Value"))


def _subnet(account: Account, id: str) -> Subnet | None:
    found = account.call(_SUBNETS, missing=_NO_SUBNET, SubnetIds=[id])
    if found is None or not found["Subnets"]:
        return None
    subnet = found["Subnets"][0]
    return Subnet(vpc=subnet["VpcId"], zone=subnet["AvailabilityZone"])


def _no_vpc(plan: Plan, account: str, found: Vpcs) -> Iterable[Fault]:
    for name, vpc in found.items():
        if not vpc.exists:
            yield Fault(
                place=name,
                message=f"the account has no such VPC in {plan.region}",
                fix=f"name a VPC of account {account}, or leave `vpc_id` out for one of the platform's own",
            )


def _wrong_subnets(plan: Plan, account: str, found: Vpcs) -> Iterable[Fault]:
    del plan
    for name, vpc in found.items():
        for each, subnet in vpc.subnets.items():
            if subnet is None:
                yield Fault(
                    place=each, message="there is no such subnet", fix=f"name a subnet of {name}, in account {account}"
                )
            elif subnet.vpc != name:
                yield Fault(
                    place=each, message=f"the subnet is in {subnet.vpc}, not in {name}", fix=f"name a subnet of {name}"
                )
        zones = {subnet.zone for subnet in vpc.subnets.values() if subnet is not None}
        if len(zones) == 1 and None not in vpc.subnets.values():
            yield Fault(
                place=name,
                message=f"all subnets are in zone {next(iter(zones))}",
                fix="name subnets in two zones or more",
            )


def _no_dns(plan: Plan, account: str, found: Vpcs) -> Iterable[Fault]:
    del plan, account
    for name, vpc in found.items():
        for attribute, on in vpc.dns.items():
            if not on:
                option = "--enable-dns-support" if attribute == "enableDnsSupport" else "--enable-dns-hostnames"
                fix = f"let the network team run `aws ec2 modify-vpc-attribute --vpc-id {name} {option}`"
                yield Fault(place=name, message=f"{attribute} is off", fix=fix)


def _no_endpoints(plan: Plan, account: str, found: Vpcs) -> Iterable[Fault]:
    for purpose, network in _in(plan, account).items():
        vpc = found[network.vpc_id]
        wanted = {service.format(region=plan.region) for service in NEEDED[purpose]}
        lacking = sorted(wanted - vpc.endpoints)
        if vpc.exists and lacking:
            yield Fault(
                place=network.vpc_id,
                message=f"the {purpose} account's work needs endpoints that are not there: {', '.join(lacking)}",
                fix="let the network team make them, open to the platform's security group on port 443",
            )


_ASKS = (_VPCS, _SUBNETS, _ATTRIBUTE, _ENDPOINTS)


def _where(plan: Plan) -> Iterable[str]:
    return [plan.platform.account(purpose) for purpose in _networks(plan)]


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-060",
        severity=Severity.ERROR,
        looks_at="the VPC that `network` or `networks` imports",
        breaks="its security group fails (InvalidVpcID.NotFound)",
        asks=_ASKS,
        where=_where,
        ask=_ask,
        judge=_no_vpc,
    ),
    Check(
        code="PRE-061",
        severity=Severity.ERROR,
        looks_at="the subnets of an imported network",
        breaks="the Studio domain or the jobs fail, or have no second zone to go to",
        asks=_ASKS,
        where=_where,
        ask=_ask,
        judge=_wrong_subnets,
    ),
    Check(
        code="PRE-062",
        severity=Severity.ERROR,
        looks_at="DNS support and host names of an imported network",
        breaks="the names of AWS do not lead to the endpoints: nothing works, and it looks like a time-out",
        asks=_ASKS,
        where=_where,
        ask=_ask,
        judge=_no_dns,
    ),
    Check(
        code="PRE-063",
        severity=Severity.WARNING,
        looks_at="the endpoints of an imported network",
        breaks="the deploy succeeds, and what needs the endpoint runs into a time-out",
        asks=_ASKS,
        where=_where,
        ask=_ask,
        judge=_no_endpoints,
    ),
)
