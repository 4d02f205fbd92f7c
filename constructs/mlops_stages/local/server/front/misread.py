"""Requests that an emulator stumbles over: whose fault that was.

ministack and moto read the members of a request as they need them, and one that is not text where a text should be ends
in an exception. AWS would have refused it; botocore's model of the operation says so too.
"""

from __future__ import annotations

from mlops_stages.local.server.api import operations, shapes
from mlops_stages.local.server.engine import Headers, Query


def faults(name: str, method: str, path: str, headers: Headers, body: bytes, query: Query) -> list[str]:
    """Return what is wrong with a request signed for service `name`, by its operation's model; none where it is sound.

    What the emulator stumbled over may be something else; but AWS would not have got that far.
    """
    found = operations.find(name, method, path, headers, body, query)
    if found is None:
        return []
    for model in operations.models_of(name):
        service = shapes.service_model(model)
        if found.name in service.operation_names and not service.protocol.startswith(("query", "ec2")):
            shape = shapes.input_shape(model, found.name)
            return [] if shape is None else shapes.first_faults(shape, dict(found.parameters))
    return []
