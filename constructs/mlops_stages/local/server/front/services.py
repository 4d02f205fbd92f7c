"""AWS APIs that neither emulator has: SageMaker Studio, MLflow apps, cost anomaly detection.

`handles` says whether an operation is answered here, `dispatch` answers it, `register` puts both in front of the
emulators. Everything else of these services goes on to moto.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import rest, shapes
from mlops_stages.local.server.api.records import Kind, Parameters, Record, Records, Scope, ServiceError, current_scope
from mlops_stages.local.server.api.tagging import TAGGING
from mlops_stages.local.server.chatbot import service as chatbot
from mlops_stages.local.server.codeartifact import service as codeartifact
from mlops_stages.local.server.codeconnections import service as codeconnections
from mlops_stages.local.server.codepipeline import service as codepipeline
from mlops_stages.local.server.cost_explorer import service as cost_explorer
from mlops_stages.local.server.front.observer import Application, Observer
from mlops_stages.local.server.glue import service as glue
from mlops_stages.local.server.identity_center import service as identity_center
from mlops_stages.local.server.organizations import service as organizations
from mlops_stages.local.server.ram.resource_shares import ResourceShares
from mlops_stages.local.server.sagemaker.feature_store import feature_groups, online_store
from mlops_stages.local.server.sagemaker.hosting import configurations, endpoints, invocations, models
from mlops_stages.local.server.sagemaker.jobs import service as jobs
from mlops_stages.local.server.sagemaker.pipelines import execution_service
from mlops_stages.local.server.sagemaker.pipelines import service as pipelines
from mlops_stages.local.server.sagemaker.registry import model_groups, model_packages
from mlops_stages.local.server.sagemaker.studio import service as studio
from mlops_stages.local.server.sagemaker.transforms import service as transforms
from mlops_stages.local.server.service_quotas import service as service_quotas

__all__ = [
    "SERVICES",
    "Kind",
    "Scope",
    "ServiceError",
    "dispatch",
    "handles",
    "records",
    "register",
]

SERVICES = (
    "sagemaker",
    "ce",
    "organizations",
    "sso-admin",
    "codeconnections",
    "codepipeline",
    "glue",
    "service-quotas",
)
"""botocore's names of the services that are answered here in part."""

_SIGNING_NAMES = {"sso-admin": "sso", "service-quotas": "servicequotas"}
"""The name that a service is signed with, where it is not botocore's."""

_HOSTING = (models.KIND, configurations.KIND, endpoints.KIND, transforms.KIND)
_MODEL_BUILDING = (*jobs.KINDS, pipelines.KIND, execution_service.KIND, model_groups.KIND, model_packages.KIND)

records = Records(
    (
        *studio.KINDS,
        *_MODEL_BUILDING,
        *_HOSTING,
        *cost_explorer.KINDS,
        *feature_groups.KINDS,
        *codeconnections.KINDS,
    )
)
"""Every record of this process."""

Extra = Callable[[Records, Scope, Parameters], Record]
_EXTRAS: Mapping[str, Mapping[str, Extra]] = {
    "sagemaker": {
        **studio.EXTRAS,
        **feature_groups.EXTRAS,
        **jobs.EXTRAS,
        **pipelines.EXTRAS,
        **execution_service.EXTRAS,
        **model_groups.EXTRAS,
        **model_packages.EXTRAS,
        **models.EXTRAS,
        **configurations.EXTRAS,
        **endpoints.EXTRAS,
        **transforms.EXTRAS,
    },
    "ce": cost_explorer.EXTRAS,
    "glue": glue.EXTRAS,
    "organizations": organizations.EXTRAS,
    "sso-admin": identity_center.EXTRAS,
    "codeconnections": codeconnections.EXTRAS,
    "codepipeline": codepipeline.EXTRAS,
    "service-quotas": service_quotas.EXTRAS,
}


def handles(service: str, operation: str, parameters: Parameters | None = None) -> bool:
    """Whether an operation is answered here; tag operations only for ARNs of the kinds kept here."""
    if records.handles(service, operation) or operation in _EXTRAS.get(service, {}):
        return True
    tagging = TAGGING.get(service)
    if tagging is None or operation not in tagging.operations:
        return False
    return _is_ours(service, str((parameters or {}).get(tagging.arn, "")))


def _is_ours(service: str, arn: str) -> bool:
    prefixes = {
        kind.arn.rpartition(":")[2].partition("/")[0] for kind in records.kinds.values() if kind.service == service
    }
    return arn.rpartition(":")[2].partition("/")[0] in prefixes


def dispatch(service: str, operation: str, parameters: Parameters, scope: Scope | None = None) -> Record:
    """Answer one call, for the account and region of the request being served unless `scope` says otherwise.

    Raises ServiceError for what AWS would refuse.
    """
    shape = shapes.input_shape(service, operation)
    found = [] if shape is None else shapes.first_faults(shape, parameters)
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise ServiceError("ValidationException", count + "; ".join(found))
    where = current_scope() if scope is None else scope
    extra = _EXTRAS.get(service, {}).get(operation)  # first: it may do more than the kind's operation of that name
    if extra is not None:
        return extra(records, where, parameters)
    if records.handles(service, operation):
        return records.dispatch(where, service, operation, parameters)
    return TAGGING[service].dispatch(records, operation, parameters)


def answer(service: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """Answer one request of the JSON protocol; None leaves it to the emulators."""
    prefix, _, operation = headers.get("x-amz-target", "").rpartition(".")
    model = shapes.service_model(service)
    if prefix != model.metadata.get("targetPrefix") or operation not in model.operation_names:
        return None
    try:
        parameters: Any = json.loads(body or b"{}")
        if not isinstance(parameters, dict):
            raise ServiceError("SerializationException", "The request is not a JSON object.")
        given = cast("Parameters", parameters)
        if not handles(service, operation, given):
            return None
        return _json(200, dispatch(service, operation, given))
    except ServiceError as error:
        return _json(error.status, {"__type": error.code, "message": error.message})
    except ValueError:
        return _json(400, {"__type": "SerializationException", "message": "The request is not JSON."})


def _json(status: int, content: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


def _policies(shares: ResourceShares) -> engine.ResourcePolicy:
    """Return where the policies of SageMaker's resources are: a feature group's in RAM, a model's in the registry."""

    def policy_of(arn: str) -> tuple[str | None, str] | None:
        return (shares.policy_of(arn), arn.split(":")[4]) if ":feature-group/" in arn else model_groups.policy_of(arn)

    return policy_of


def register() -> None:
    """Put these services in front of the emulators of this process."""

    def handler_of(service: str) -> engine.ServiceHandler:
        async def handle(
            method: str, path: str, headers: engine.Headers, body: bytes, query: engine.Query, /
        ) -> engine.Response | None:
            del method, path, query
            return answer(service, headers, body)

        return handle

    for service in SERVICES:
        engine.add_service(_SIGNING_NAMES.get(service, service), handler_of(service))
    shares = ResourceShares(records)
    engine.add_service("sagemaker", online_store.handler(records))
    invocations.register()
    channels = chatbot.Channels()
    engine.add_service(chatbot.SERVICE, rest.handler(chatbot.SERVICE, channels.handles, channels.dispatch))
    engine.add_service("ram", rest.handler("ram", shares.handles, shares.dispatch))
    engine.add_resource_policies("sagemaker", _policies(shares))
    codeartifact.register()

    application = cast("Application", engine.application)
    # The front serves `engine.application`: around it every call is heard, also those that ministack judges itself.
    engine.application = Observer(application)
