"""What a Glue request is on, as IAM sees it: a call on a table is on its database and on the catalog, too.

https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

import re

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails

_OWN = {"Crawler": "crawler", "Job": "job", "Trigger": "trigger", "Workflow": "workflow", "Connection": "connection"}
"""Resources that belong to no database, by the noun in the names of their operations."""


def resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    """Return the ARNs that the request must be allowed on."""
    prefix = f"arn:{partition}:glue:{region}:{operation.parameters.get('CatalogId') or account}:"
    if re.search(r"Database|Table|Partition|ColumnStatistics|UserDefinedFunction", operation.name):
        return tuple(prefix + path for path in _in_catalog(operation))
    for noun, kind in _OWN.items():
        if noun in operation.name:
            name = operation.parameters.get("Name") or operation.parameters.get(f"{noun}Name") or "*"
            return (f"{prefix}{kind}/{name}",)
    return (f"{prefix}catalog",)


def _in_catalog(operation: Operation) -> list[str]:
    given = operation.parameters
    on_database = re.fullmatch(r"\w+Databases?", operation.name) is not None
    name = given.get("Name")
    database = given.get("DatabaseName") or mapping(given.get("DatabaseInput")).get("Name")
    if database is None and on_database:
        database = name
    paths = ["catalog"]
    if database is not None:
        paths.append(f"database/{database}")
    if database is not None and not on_database:
        table = given.get("TableName") or mapping(given.get("TableInput")).get("Name") or name or "*"
        paths.append(f"table/{database}/{table}")
    return paths


DETAILS = RequestDetails(resources=resources)
"""What is asked about a request to Glue."""
