"""The VPC endpoints that work in an isolated network needs."""

from docs.tables.markdown import code, table
from mlops_stages.foundation.private_endpoints import INTERFACE_ENDPOINTS


def endpoints() -> str:
    """One row an endpoint, the gateway last."""
    rows = [(code(e.service.replace("{region}", "REGION")), "interface, with private DNS") for e in INTERFACE_ENDPOINTS]
    return table(
        ("service", "kind"), [*rows, (code("com.amazonaws.REGION.s3"), "gateway, in the subnets' route tables")]
    )
