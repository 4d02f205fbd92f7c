"""AWS::SageMaker::Model, EndpointConfig and Endpoint, over the operations beside it."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.cloudformation import references
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, TagApi, call
from mlops_stages.local.server.sagemaker.hosting import after_rollback
from mlops_stages.local.server.sagemaker.hosting.board import BOARD
from mlops_stages.local.server.sagemaker.hosting.models import packages_in

_TAGS = TagApi(add="AddTags", remove="DeleteTags", arn="ResourceArn")
_UPDATE = (
    "DeploymentConfig",
    "ExcludeRetainedVariantProperties",
    "RetainAllVariantProperties",
    "RetainDeploymentConfig",
)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _refers(parameters: Properties) -> None:
    """Refuse what does not exist, and packages of other accounts whose groups do not let this one make models.

    Where the stack has a role, the request itself is judged as that role's, on the package too.
    """
    references.check(parameters)
    for package in packages_in(parameters) if engine.service_role() is None else ():
        if package.startswith("arn:") and package.split(":")[4] != engine.account():
            denial = engine.authorize("sagemaker:CreateModel", "sagemaker", package, {}, _signed_by_root(), {})
            if denial is not None:
                raise RefusedError(
                    f"User: {denial.principal} is not authorized to perform: sagemaker:CreateModel on resource: "
                    f"{package} because no resource-based policy allows the sagemaker:CreateModel action "
                    "(Service: sagemaker; Error Code: AccessDeniedException)"
                )


def _signed_by_root() -> dict[str, str]:
    """Return what marks a request as the account's: CloudFormation acts as it here."""
    scope = f"{engine.account()}/20260101/{engine.region()}/sagemaker/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, "}


def _attributes(kind: str, arn: str) -> Properties:
    return {f"{kind}Name": _name(arn), f"{kind}Arn": arn}


_MODEL = (
    "Containers",
    "EnableNetworkIsolation",
    "ExecutionRoleArn",
    "InferenceExecutionConfig",
    "ModelName",
    "PrimaryContainer",
    "VpcConfig",
)
MODEL = ApiType(
    type="AWS::SageMaker::Model",
    service="sagemaker",
    properties=(*_MODEL, "Tags"),
    create_only=_MODEL,
    create="CreateModel",
    delete="DeleteModel",
    named="ModelName",
    physical_id=lambda parameters, answer: answer["ModelArn"],
    identity=lambda arn: {"ModelName": _name(arn)},
    describe=lambda arn: _attributes("Model", arn),
    arn=lambda arn: arn,
    missing=("ValidationException",),
    tags=_TAGS,
    refers=_refers,
)

_CONFIG = (
    "AsyncInferenceConfig",
    "DataCaptureConfig",
    "EnableNetworkIsolation",
    "EndpointConfigName",
    "ExecutionRoleArn",
    "ExplainerConfig",
    "KmsKeyId",
    "MetricsConfig",
    "ProductionVariants",
    "ShadowProductionVariants",
    "VpcConfig",
)
ENDPOINT_CONFIG = ApiType(
    type="AWS::SageMaker::EndpointConfig",
    service="sagemaker",
    properties=(*_CONFIG, "Tags"),
    required=("ProductionVariants",),
    create_only=_CONFIG,
    create="CreateEndpointConfig",
    delete="DeleteEndpointConfig",
    named="EndpointConfigName",
    physical_id=lambda parameters, answer: answer["EndpointConfigArn"],
    identity=lambda arn: {"EndpointConfigName": _name(arn)},
    describe=lambda arn: _attributes("EndpointConfig", arn),
    arn=lambda arn: arn,
    missing=("ValidationException",),
    tags=_TAGS,
)


def _created(properties: Properties) -> Properties:
    """Return what CreateEndpoint takes: the rest is for updates alone."""
    return {name: value for name, value in properties.items() if name not in _UPDATE[1:]}


def _changed(arn: str, old: Properties, new: Properties) -> Properties | None:
    """Return what UpdateEndpoint takes: a change of what only says how to update is no update."""
    if old.get("EndpointConfigName") == new.get("EndpointConfigName"):
        return None
    how = {name: new[name] for name in _UPDATE if new.get(name) is not None}
    return {"EndpointName": _name(arn), "EndpointConfigName": new["EndpointConfigName"], **how}


class _Endpoint(ApiType):
    """The endpoint's type: it is there when SageMaker says so, and not before."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        arn, attributes = super()._create(logical_id, properties, stack_name)
        live = BOARD.wait(_scope(), _name(arn))
        if live is None or live.status != "InService":
            reason = "it is gone" if live is None else live.reason
            if live is not None:
                call(self.service, self.delete, self.identity(arn))
            raise RefusedError(f"Resource handler returned message: the endpoint {_name(arn)} failed: {reason}")
        return arn, attributes

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        arn, attributes = super()._update(physical_id, old, new, stack_name)
        live = BOARD.wait(_scope(), _name(arn))
        if live is None:
            raise RefusedError(f"Resource handler returned message: the endpoint {_name(arn)} is gone")
        serves = live.configuration["EndpointConfigName"]
        if serves != new["EndpointConfigName"] and (live.reason or after_rollback.fails(engine.account())):
            said = live.reason or "an alarm of AutoRollbackConfiguration went off"
            raise RefusedError(
                f"Resource handler returned message: the endpoint {_name(arn)} was rolled back to {serves}: {said}"
            )
        return arn, attributes


def _scope() -> Scope:
    return Scope(account=engine.account(), region=engine.region())


ENDPOINT = _Endpoint(
    type="AWS::SageMaker::Endpoint",
    service="sagemaker",
    properties=(*_UPDATE, "EndpointConfigName", "EndpointName", "Tags"),
    required=("EndpointConfigName",),
    create_only=("EndpointName",),
    create="CreateEndpoint",
    update="UpdateEndpoint",
    delete="DeleteEndpoint",
    named="EndpointName",
    request=_created,
    change=_changed,
    physical_id=lambda parameters, answer: answer["EndpointArn"],
    identity=lambda arn: {"EndpointName": _name(arn)},
    describe=lambda arn: _attributes("Endpoint", arn),
    arn=lambda arn: arn,
    missing=("ValidationException",),
    tags=_TAGS,
)

TYPES = (MODEL, ENDPOINT_CONFIG, ENDPOINT)
WAITS = (ENDPOINT.type,)
"""Types whose operations take as long as what they do: a stack stays in progress meanwhile."""
