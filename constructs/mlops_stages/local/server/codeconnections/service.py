"""CodeConnections: connections to repositories, pending for ever, since nobody confirms them in a console here."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope


def _prepare(scope: Scope, record: Record) -> None:
    record["ConnectionId"] = str(uuid.uuid4())
    record["ConnectionStatus"] = "PENDING"
    record["OwnerAccountId"] = scope.account


CONNECTION = Kind(
    service="codeconnections",
    name="connection",
    identity=("ConnectionArn",),
    unique=("ConnectionName",),
    arn="arn:{partition}:codeconnections:{region}:{account}:connection/{ConnectionId}",
    arn_member="ConnectionArn",
    operations={"create": "CreateConnection", "list": "ListConnections", "delete": "DeleteConnection"},
    items="Connections",
    missing="ResourceNotFoundException",
    taken="InvalidInputException",
    filters={"ProviderTypeFilter": Filter(member="ProviderType"), "HostArnFilter": Filter(member="HostArn")},
    prepare=_prepare,
)

KINDS = (CONNECTION,)


_SHOWN = ("ConnectionArn", "ConnectionName", "ConnectionStatus", "HostArn", "OwnerAccountId", "ProviderType")


def _get(records: Records, scope: Scope, parameters: Parameters) -> Record:
    found = records.get(CONNECTION, scope, parameters)
    return {"Connection": {name: found[name] for name in _SHOWN if found.get(name) is not None}}


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {"GetConnection": _get}
"""Operations that are no kind's."""
