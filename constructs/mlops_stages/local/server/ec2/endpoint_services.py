"""The endpoint services of SageMaker, Glue and others, which ministack's list of them lacks: in every zone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from xml.etree import ElementTree

from mlops_stages.local.server.api.heard import Form
from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.ec2.details import first, namespace_of, numbered

_SERVICES = {
    "com.amazonaws.{region}.glue": "glue.{region}.amazonaws.com",
    "com.amazonaws.{region}.sagemaker.api": "api.sagemaker.{region}.amazonaws.com",
    "com.amazonaws.{region}.sagemaker.runtime": "runtime.sagemaker.{region}.amazonaws.com",
    "com.amazonaws.{region}.sagemaker.featurestore-runtime": "featurestore-runtime.sagemaker.{region}.amazonaws.com",
    # The name that AWS's client of MLflow calls; whether AWS's service has it only AWS can tell.
    "aws.sagemaker.{region}.experiments": "mlflow.sagemaker.{region}.app.aws",
}
"""The private name of each service."""


def concerns(form: Form) -> bool:
    """Say whether a request asks for endpoint services."""
    return first(form, "Action") == "DescribeVpcEndpointServices"


def completed(scope: Scope, form: Form, body: bytes) -> bytes:
    """Return ministack's answer, with the services that it lacks."""
    root = ElementTree.fromstring(body)  # noqa: S314  # ministack's own answer, not a client's
    space = f"{{{namespace_of(root)}}}"
    names, details = root.find(f"{space}serviceNameSet"), root.find(f"{space}serviceDetailSet")
    if names is None or details is None:
        return body
    known = {element.text for element in names}
    for name, private_name in _wanted(scope.region, form):
        if name not in known:
            ElementTree.SubElement(names, f"{space}item").text = name
            details.append(_detail(space, scope.region, name, private_name))
    ElementTree.register_namespace("", namespace_of(root))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _wanted(region: str, form: Form) -> Iterable[tuple[str, str]]:
    asked = numbered(form, "ServiceName")
    filtered = any(name.startswith("Filter.") for name in form)
    for name, private_name in _SERVICES.items():
        named = name.format(region=region)
        if not filtered and (not asked or named in asked):
            yield named, private_name.format(region=region)


def _detail(space: str, region: str, name: str, private_name: str) -> ElementTree.Element:
    item = ElementTree.Element(f"{space}item")
    for tag, text in (
        ("serviceName", name),
        ("serviceId", f"vpce-svc-{hashlib.sha256(name.encode()).hexdigest()[:12]}"),
        ("owner", "amazon"),
        ("privateDnsName", private_name),
        ("vpcEndpointPolicySupported", "true"),
        ("acceptanceRequired", "false"),
        ("managesVpcEndpoints", "false"),
    ):
        ElementTree.SubElement(item, f"{space}{tag}").text = text
    kind = ElementTree.SubElement(ElementTree.SubElement(item, f"{space}serviceType"), f"{space}item")
    ElementTree.SubElement(kind, f"{space}serviceType").text = "Interface"
    zones = ElementTree.SubElement(item, f"{space}availabilityZoneSet")
    for letter in "abc":
        ElementTree.SubElement(zones, f"{space}item").text = f"{region}{letter}"
    dns = ElementTree.SubElement(item, f"{space}privateDnsNameSet")
    ElementTree.SubElement(ElementTree.SubElement(dns, f"{space}item"), f"{space}privateDnsName").text = private_name
    return item
