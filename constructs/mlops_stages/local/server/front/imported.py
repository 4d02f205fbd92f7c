"""What exists on AWS and is only named here: the local AWS makes one of the same name or id, to be tried out."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.cost_explorer.service import give_next_monitor

_RANGE = ipaddress.IPv4Network("10.255.0.0/16")
"""A network's range is the network team's, and not known here."""

_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}")
_ID = re.compile(r"(vpc|subnet)-([0-9a-f]{8}|[0-9a-f]{17})")
_POLICY = re.compile(r"/(?:[!-.0-~]++/)*+[\w+=,.@-]{1,128}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MONITOR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_AUDIENCE = "sts.amazonaws.com"
_ZONES = "abcdef"
_MOST_SUBNETS = 16
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def add(given: Mapping[str, Any]) -> None:
    """Make in `account` and `region` what of the request is not there yet.

    `vpc` and `subnets` are ids; `policy` is the path and name of an IAM policy, which allows everything; `bucket` is a
    bucket's name, `monitor` the id of a monitor of cost anomalies, and `provider` the host of an OIDC provider, which
    gets the audience that AWS's own clients ask for. Raises ValueError.
    """
    account, region = _text(given, "account", _ACCOUNT), _text(given, "region", _REGION)
    if account is None or region is None:
        raise ValueError("account and region must be named")
    vpc, policy, bucket = _text(given, "vpc", _ID), _text(given, "policy", _POLICY), _text(given, "bucket", _BUCKET)
    monitor, provider = _text(given, "monitor", _MONITOR), _text(given, "provider", _HOST)
    subnets = [_matched("subnets", str(subnet), _ID) for subnet in listed(given.get("subnets"))]
    if len(subnets) > _MOST_SUBNETS:
        raise ValueError(f"there are more than {_MOST_SUBNETS} subnets")
    try:
        with engine.within(account, region):
            if vpc is not None:
                _add_network(vpc, subnets, region)
            if policy is not None:
                _add_policy(f"arn:aws:iam::{account}:policy{policy}", policy)
            if bucket is not None:
                _add_bucket(bucket, region)
            if monitor is not None:
                _add_monitor(monitor)
            if provider is not None:
                _add_provider(provider)
    except refusals.ClientError as error:
        raise ValueError(f"{refusals.code(error)}: {refusals.message(error)}") from error


def _text(given: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str | None:
    value = given.get(name)
    return None if value is None else _matched(name, str(value), pattern)


def _matched(name: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{name}: {value!r} is not the name or id of one")
    return value


def _add_network(vpc: str, subnets: list[str], region: str) -> None:
    if not engine.has_network_part(vpc):
        with engine.next_network_id(vpc):
            calls.call("ec2", "create_vpc", CidrBlock=str(_RANGE))
    calls.call("ec2", "modify_vpc_attribute", VpcId=vpc, EnableDnsHostnames={"Value": True})  # as endpoints need it
    for number, (subnet, cidr) in enumerate(zip(subnets, _RANGE.subnets(new_prefix=20), strict=False)):
        if not engine.has_network_part(subnet):
            zone = f"{region}{_ZONES[number % len(_ZONES)]}"
            with engine.next_network_id(subnet):
                calls.call("ec2", "create_subnet", VpcId=vpc, CidrBlock=str(cidr), AvailabilityZone=zone)


def _add_policy(arn: str, path_and_name: str) -> None:
    path, _, name = path_and_name.rpartition("/")
    try:
        calls.call("iam", "get_policy", PolicyArn=arn)
    except refusals.ClientError:
        document = json.dumps(_EVERYTHING)
        calls.call("iam", "create_policy", PolicyName=name, Path=f"{path}/", PolicyDocument=document)


def _add_bucket(name: str, region: str) -> None:
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        calls.call("s3", "head_bucket", Bucket=name)
    except refusals.ClientError:
        calls.call("s3", "create_bucket", Bucket=name, **({} if region == "us-east-1" else elsewhere))


def _add_monitor(monitor_id: str) -> None:
    known = calls.call("ce", "get_anomaly_monitors")["AnomalyMonitors"]
    if not any(str(monitor["MonitorArn"]).endswith(f"/{monitor_id}") for monitor in known):
        give_next_monitor(monitor_id)
        monitor = {"MonitorName": "imported", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
        calls.call("ce", "create_anomaly_monitor", AnomalyMonitor=monitor)


def _add_provider(host: str) -> None:
    known = calls.call("iam", "list_open_id_connect_providers")["OpenIDConnectProviderList"]
    if not any(str(provider["Arn"]).endswith(f"oidc-provider/{host}") for provider in known):
        calls.call("iam", "create_open_id_connect_provider", Url=f"https://{host}", ClientIDList=[_AUDIENCE])
