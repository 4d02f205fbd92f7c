"""What ministack's EC2 forgets of flow logs and VPC endpoints: remembered here and added to its answers.

ministack keeps both, but its Describe answers leave out policies, security groups, private DNS, delivery roles and
intervals. Requests that set these are read on their way in, answers that should show them on their way out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast
from xml.etree import ElementTree

from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.heard import Form
from mlops_stages.local.server.api.records import Record, Scope

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"

DESCRIBED = {
    "DescribeFlowLogs": ("FlowLogs", "FlowLogId"),
    "DescribeVpcEndpoints": ("VpcEndpoints", "VpcEndpointId"),
}
"""The operations whose answers get details: their list and the member that identifies an item of it."""

_FLOW_LOG = (
    "DeliverLogsPermissionArn",
    "DeliverCrossAccountRole",
    "LogGroupName",
    "LogFormat",
    "LogDestination",
    "MaxAggregationInterval",
)
_ENDPOINT = ("PolicyDocument", "PrivateDnsEnabled", "IpAddressType")

DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)
"""The record format of a flow log that names none, as AWS has it."""

OPEN_POLICY = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
"""The policy of an endpoint that names none, as AWS has it."""


class Details:
    """Members of described items that ministack does not keep, by account, region and id."""

    def __init__(self) -> None:
        self._stored: dict[tuple[str, str, str], Record] = {}

    def of(self, scope: Scope, item: str) -> Record:
        """The details of one item, to be changed in place."""
        return self._stored.setdefault((scope.account, scope.region, item), {})

    def drop(self, scope: Scope, item: str) -> None:
        """Forget an item."""
        self._stored.pop((scope.account, scope.region, item), None)

    def completed(self, scope: Scope, form: Form, body: bytes) -> bytes:
        """Return ministack's answer to a request that `concerns` details, with them; remember what it sets."""
        action = first(form, "Action") or ""
        root = ElementTree.fromstring(body)  # noqa: S314  # ministack's own answer, not a client's
        if action not in DESCRIBED:
            _WRITES[action](self, scope, form, root)
            return body
        self._add(scope, action, root)
        ElementTree.register_namespace("", namespace_of(root))
        return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))

    def _add(self, scope: Scope, action: str, root: ElementTree.Element) -> None:
        shape = shapes.output_shape("ec2", action)
        list_name, id_name = DESCRIBED[action]
        items = cast("shapes.ListOf", cast("shapes.Structure", shape).members[list_name])
        item_shape = cast("shapes.Structure", items.member)
        namespace = namespace_of(root)
        for item in root.findall(f"{{{namespace}}}{items.serialization['name']}/{{{namespace}}}item"):
            known = item.findtext(f"{{{namespace}}}{item_shape.members[id_name].serialization['name']}") or ""
            for name, value in self.of(scope, known).items():
                member = item_shape.members[name]
                tag = f"{{{namespace}}}{member.serialization['name']}"
                for old in item.findall(tag):
                    item.remove(old)
                if value is not None:
                    _append(item, tag, namespace, member, value)


def _append(parent: ElementTree.Element, tag: str, namespace: str, shape: shapes.Shape, value: Any) -> None:  # noqa: ANN401  # JSON-like
    element = ElementTree.SubElement(parent, tag)
    if shape.type_name == "list":
        for item in value:
            _append(element, f"{{{namespace}}}item", namespace, cast("shapes.ListOf", shape).member, item)
    elif shape.type_name == "structure":
        for name, item in value.items():
            member = cast("shapes.Structure", shape).members[name]
            _append(element, f"{{{namespace}}}{member.serialization['name']}", namespace, member, item)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def namespace_of(root: ElementTree.Element) -> str:
    """The XML namespace of an answer."""
    return root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""


def first(form: Form, name: str) -> str | None:
    """The first value of a parameter."""
    values = form.get(name)
    return values[0] if values else None


def numbered(form: Form, name: str) -> list[str]:
    """The values of `name.1`, `name.2` and so on."""
    found: list[str] = []
    while (value := first(form, f"{name}.{len(found) + 1}")) is not None:
        found.append(value)
    return found


def _texts(root: ElementTree.Element, name: str) -> list[str]:
    return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == name]


def _flow_logs_created(details: Details, scope: Scope, form: Form, root: ElementTree.Element) -> None:
    given: Record = {name: first(form, name) for name in _FLOW_LOG if first(form, name) is not None}
    options = {
        name: first(form, f"DestinationOptions.{name}")
        for name in ("FileFormat", "HiveCompatiblePartitions", "PerHourPartition")
        if first(form, f"DestinationOptions.{name}") is not None
    }
    if options:
        given["DestinationOptions"] = options
    ids = [item for found in root.iter() if found.tag.endswith("flowLogIdSet") for item in _texts(found, "item")]
    for log in ids:
        set_flow_log(details, scope, log, given)


def set_flow_log(details: Details, scope: Scope, log: str, given: Record) -> None:
    """Remember what a flow log was given."""
    kept = {name: given[name] for name in (*_FLOW_LOG, "DestinationOptions") if given.get(name) is not None}
    defaults = {"LogFormat": DEFAULT_FORMAT, "MaxAggregationInterval": "600", "DeliverLogsStatus": "SUCCESS"}
    details.of(scope, log).update(defaults | kept)


def _endpoint_created(details: Details, scope: Scope, form: Form, root: ElementTree.Element) -> None:
    for endpoint in _texts(root, "vpcEndpointId"):
        kept = {name: first(form, name) for name in _ENDPOINT if first(form, name) is not None}
        set_endpoint(details, scope, endpoint, kept, numbered(form, "SecurityGroupId"), numbered(form, "SubnetId"))


def set_endpoint(
    details: Details, scope: Scope, endpoint: str, given: Record, groups: list[str], subnets: list[str]
) -> None:
    """Remember what an endpoint was given; an interface endpoint has one network interface for each subnet."""
    kept = details.of(scope, endpoint)
    kept.update({"PolicyDocument": OPEN_POLICY, "PrivateDnsEnabled": False, "IpAddressType": "ipv4"} | given)
    kept["Groups"] = [{"GroupId": group} for group in groups]
    kept["NetworkInterfaceIds"] = [f"eni-{endpoint[5:13]}{index:09x}" for index, _ in enumerate(subnets)]


def _endpoint_modified(details: Details, scope: Scope, form: Form, root: ElementTree.Element) -> None:
    del root
    kept = details.of(scope, first(form, "VpcEndpointId") or "")
    kept.update({name: first(form, name) for name in _ENDPOINT if first(form, name) is not None})
    if first(form, "ResetPolicy") == "true":
        kept["PolicyDocument"] = OPEN_POLICY
    removed = numbered(form, "RemoveSecurityGroupId")
    groups = [group["GroupId"] for group in kept.get("Groups", []) if group["GroupId"] not in removed]
    groups += [group for group in numbered(form, "AddSecurityGroupId") if group not in groups]
    kept["Groups"] = [{"GroupId": group} for group in groups]


def _deleted(name: str) -> Callable[[Details, Scope, Form, ElementTree.Element], None]:
    def forget(details: Details, scope: Scope, form: Form, root: ElementTree.Element) -> None:
        del root
        for item in numbered(form, name):
            details.drop(scope, item)

    return forget


_WRITES: Mapping[str, Callable[[Details, Scope, Form, ElementTree.Element], None]] = {
    "CreateFlowLogs": _flow_logs_created,
    "DeleteFlowLogs": _deleted("FlowLogId"),
    "CreateVpcEndpoint": _endpoint_created,
    "ModifyVpcEndpoint": _endpoint_modified,
    "DeleteVpcEndpoints": _deleted("VpcEndpointId"),
}

details = Details()
"""The details of this process."""


def concerns(form: Form) -> bool:
    """Say whether a request is about what has details."""
    action = first(form, "Action")
    return action in DESCRIBED or action in _WRITES
