"""The VPC endpoints that work in an isolated network needs, by account, from the templates."""

import json

from docs.tables.assembly import Assembly, Resource
from docs.tables.markdown import code, table


def endpoints(assembly: Assembly) -> str:
    """One row an endpoint, the gateway last."""
    found: dict[tuple[bool, str], list[str]] = {}
    for endpoint in assembly.of_type("AWS::EC2::VPCEndpoint"):
        is_gateway = endpoint.properties["VpcEndpointType"] == "Gateway"
        found.setdefault((is_gateway, _service(endpoint)), []).append(endpoint.purpose)
    purposes = [p for p in assembly.purposes if any(p in where for where in found.values())]
    rows = (
        (
            code(service),
            "gateway, in the subnets' route tables" if is_gateway else "interface, with private DNS",
            *("yes" if purpose in where else "" for purpose in purposes),
        )
        for (is_gateway, service), where in sorted(found.items(), key=lambda item: item[0][0])
    )
    return table(("service", "kind", *purposes), rows)


def _service(endpoint: Resource) -> str:
    name = endpoint.properties["ServiceName"]
    text = name if isinstance(name, str) else json.dumps(name)
    return text.replace("eu-west-1", "REGION")
