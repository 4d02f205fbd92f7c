"""Finding models, configurations and endpoints, with SageMaker's own words for those that are not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError

Hosted = Literal["Model", "EndpointConfig", "Endpoint"]
_SAID = {"Model": "model", "EndpointConfig": "endpoint configuration", "Endpoint": "endpoint"}


def arn_of(records: Records, kind: Hosted, scope: Scope, name: object) -> str:
    """Return the ARN that something of this name has."""
    where = {"partition": "aws", "region": scope.region, "account": scope.account, f"{kind}Name": str(name)}
    return records.kinds[kind].arn.format(**where)


def exists(records: Records, kind: Hosted, scope: Scope, name: object) -> bool:
    """Whether there is something of this name."""
    return any(record[f"{kind}Name"] == name for record in records.all(kind, scope))


def found(records: Records, kind: Hosted, scope: Scope, name: object) -> Record:
    """Return the record of this name; ServiceError where there is none."""
    try:
        return records.get(records.kinds[kind], scope, {f"{kind}Name": name})
    except ServiceError as error:
        message = f'Could not find {_SAID[kind]} "{arn_of(records, kind, scope, name)}".'
        raise ServiceError("ValidationException", message) from error


def refuse_taken(records: Records, kind: Hosted, scope: Scope, name: object) -> None:
    """Refuse a name that something else has."""
    if exists(records, kind, scope, name):
        message = f'Cannot create already existing {_SAID[kind]} "{arn_of(records, kind, scope, name)}".'
        raise ServiceError("ValidationException", message)


Extra = Callable[[Records, Scope, Parameters], Record]


def on_existing(kind: Hosted, operation: str) -> Extra:
    """Return an operation on a record that must be there."""

    def answer(records: Records, scope: Scope, parameters: Parameters) -> Record:
        with records.lock:
            found(records, kind, scope, parameters[f"{kind}Name"])
            return records.dispatch(scope, "sagemaker", operation, parameters)

    return answer


def newest_first(operation: str) -> Extra:
    """Return a list operation of hosting's: they begin with the newest, unless told otherwise."""

    def answer(records: Records, scope: Scope, parameters: Parameters) -> Record:
        return records.dispatch(scope, "sagemaker", operation, {"SortOrder": "Descending", **parameters})

    return answer
