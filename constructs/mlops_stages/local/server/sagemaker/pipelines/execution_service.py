"""Executions of SageMaker's pipelines: the records; `execution` executes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.server.api.records import (
    Filter,
    Kind,
    Parameters,
    Record,
    Records,
    Scope,
    ServiceError,
    new_id,
    page,
)
from mlops_stages.local.server.api.tokens import Tokens
from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.pipelines import execution as executions
from mlops_stages.local.server.sagemaker.pipelines.expressions import Context
from mlops_stages.local.server.sagemaker.pipelines.service import ACTIVE, CREATED, named, pipeline_of, read, version_of
from mlops_stages.local.server.sagemaker.user_context import user_context
from mlops_stages.pipeline_definition.pipeline import Pipeline

_tokens = Tokens()


def _prepare_execution(scope: Scope, record: Record) -> None:
    del scope
    record |= {"CreatedBy": user_context(), "StartTime": record["CreationTime"]}
    record["LastModifiedBy"] = record["CreatedBy"]


KIND = Kind(
    service="sagemaker",
    name="PipelineExecution",
    identity=("PipelineExecutionArn",),
    arn="arn:{partition}:sagemaker:{region}:{account}:pipeline/{PipelineName}/execution/{Id}",
    arn_member="PipelineExecutionArn",
    operations={
        "create": "StartPipelineExecution",
        "describe": "DescribePipelineExecution",
        "list": "ListPipelineExecutions",
        "update": "UpdatePipelineExecution",
    },
    items="PipelineExecutionSummaries",
    unique=("Id",),
    filters={"PipelineName": Filter(member="PipelineName"), **CREATED},
    prepare=_prepare_execution,
)


def _start(records: Records, scope: Scope, parameters: Parameters) -> Record:
    for member in ("SelectiveExecutionConfig", "MlflowExperimentName"):
        if parameters.get(member):
            raise ServiceError("ValidationException", f"The local SageMaker does not do: {member}")
    return _tokens.once(
        scope,
        parameters.get("ClientRequestToken"),
        str(parameters["PipelineName"]),
        lambda: _started(records, scope, parameters),
    )


def _started(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline = pipeline_of(records, scope, parameters)
    number = parameters.get("PipelineVersionId") or pipeline["Versions"][-1]["PipelineVersionId"]
    version = version_of(pipeline, number)
    definition = read(version["PipelineDefinition"])
    shown = ("PipelineExecutionDisplayName", "PipelineExecutionDescription")
    given: Record = {name: parameters[name] for name in shown if parameters.get(name)}
    given.setdefault("PipelineExecutionDisplayName", f"execution-{int(time.time() * 1000)}")
    parallel = parameters.get("ParallelismConfiguration") or pipeline.get("ParallelismConfiguration")
    given |= {"ParallelismConfiguration": parallel} if parallel else {}
    identifier = new_id(12)
    given |= {
        "Id": identifier,
        "PipelineName": pipeline["PipelineName"],
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineVersionId": number,
        "PipelineDefinition": version["PipelineDefinition"],
        "PipelineExecutionStatus": "Executing",
        "RoleArn": pipeline["RoleArn"],
        "Parameters": _values(definition, parameters.get("PipelineParameters") or []),
        "Steps": {},
        "Attempts": {},
    }
    given |= _experiment(definition, given)
    answer = records.dispatch(scope, "sagemaker", "StartPipelineExecution", given)
    now = time.time()
    records.change("Pipeline", scope, pipeline, LastRunTime=now, LastExecutionTime=now)
    _begin(records, scope, answer["PipelineExecutionArn"], definition)
    return answer


def _begin(records: Records, scope: Scope, arn: str, definition: Pipeline) -> None:
    record = records.get(records.kinds["PipelineExecution"], scope, {"PipelineExecutionArn": arn})
    executions.start(records, scope, record, definition)


def _values(definition: Pipeline, given: list[Mapping[str, str]]) -> Record:
    """Return every parameter's value, typed. ServiceError for those that are unknown, missing or of another type."""
    texts = {item["Name"]: item["Value"] for item in given}
    unknown = sorted(set(texts) - set(definition.parameters))
    if unknown:
        message = f"Pipeline parameters {', '.join(unknown)} are not defined in the pipeline definition."
        raise ServiceError("ValidationException", message)
    if len(texts) != len(given):
        raise ServiceError("ValidationException", "Pipeline parameters are given more than once.")
    values: Record = {}
    lacking: list[str] = []
    for name, parameter in definition.parameters.items():
        value = _typed(parameter.type, name, texts[name]) if name in texts else parameter.default
        if value is None:
            lacking.append(name)
        elif parameter.allowed and value not in parameter.allowed:
            message = f"Pipeline parameter {name}: {value!r} is not one of {list(parameter.allowed)}."
            raise ServiceError("ValidationException", message)
        values[name] = value
    if lacking:
        message = f"Pipeline parameters {', '.join(lacking)} have no default value and must be given."
        raise ServiceError("ValidationException", message)
    return values


_TYPED: Mapping[str, Callable[[str], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda text: {"true": True, "false": False}[text.lower()],
}


def _typed(kind: str, name: str, text: str) -> Any:  # noqa: ANN401  # one of the types
    try:
        return _TYPED[kind](text)
    except (ValueError, KeyError) as error:
        message = f"Pipeline parameter {name}: the value {text!r} is no {kind}."
        raise ServiceError("ValidationException", message) from error


def _experiment(definition: Pipeline, given: Record) -> Record:
    """Return the names of the experiment and the trial that the definition asks for, if it does."""
    known = {"PipelineName": given["PipelineName"], "PipelineExecutionId": given["Id"]}

    def nothing(_: str) -> Any:  # noqa: ANN401  # neither steps nor reports exist yet
        raise StepError("PipelineExperimentConfig may refer to parameters and the execution only")

    context = Context(parameters=given["Parameters"], execution=known, properties=nothing, read=nothing)
    try:
        names = {name: context.resolved(value) for name, value in definition.experiment.items() if value is not None}
    except (StepError, KeyError) as error:
        raise ServiceError("ValidationException", f"PipelineExperimentConfig: {error}") from error
    return {"PipelineExperimentConfig": names} if names else {}


def _execution(records: Records, scope: Scope, parameters: Parameters) -> Record:
    return records.get(records.kinds["PipelineExecution"], scope, parameters)


def _list(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline_of(records, scope, parameters)
    wanted = named(parameters)
    wanted.setdefault("SortOrder", "Descending")
    listed = records.dispatch(scope, "sagemaker", "ListPipelineExecutions", wanted)
    for summary in listed["PipelineExecutionSummaries"]:
        reason = _execution(records, scope, summary).get("FailureReason")
        if reason:
            summary["PipelineExecutionFailureReason"] = reason
    return listed


_SHOWN = (
    "StepName",
    "StepDisplayName",
    "StepDescription",
    "StartTime",
    "EndTime",
    "StepStatus",
    "CacheHitResult",
    "FailureReason",
    "Metadata",
    "AttemptCount",
)


def _list_steps(records: Records, scope: Scope, parameters: Parameters) -> Record:
    with records.lock:
        states = list(_execution(records, scope, parameters)["Steps"].values())
    found = [{name: state[name] for name in _SHOWN if state.get(name) is not None} for state in states]
    if parameters.get("SortOrder") != "Ascending":
        found.reverse()
    items, token = page(found, parameters.get("MaxResults") or 100, parameters.get("NextToken"))
    return {"PipelineExecutionSteps": items} | ({"NextToken": token} if token else {})


def _list_parameters(records: Records, scope: Scope, parameters: Parameters) -> Record:
    values = _execution(records, scope, parameters)["Parameters"]
    found = [{"Name": name, "Value": _shown(value)} for name, value in values.items()]
    items, token = page(found, parameters.get("MaxResults") or 100, parameters.get("NextToken"))
    return {"PipelineParameters": items} | ({"NextToken": token} if token else {})


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _definition_of(records: Records, scope: Scope, parameters: Parameters) -> Record:
    record = _execution(records, scope, parameters)
    return {name: record[name] for name in ("PipelineDefinition", "CreationTime")}


def _stop(records: Records, scope: Scope, parameters: Parameters) -> Record:
    arn = parameters["PipelineExecutionArn"]
    with records.lock:
        status = _execution(records, scope, parameters)["PipelineExecutionStatus"]
        if status not in ACTIVE:
            message = f"Pipeline execution {arn} is {status}; only one that executes can be stopped."
            raise ServiceError("ValidationException", message)
        more = {"PipelineExecutionStatus": "Stopping", "LastModifiedBy": user_context()}
        records.change("PipelineExecution", scope, parameters, **more)
    executions.stop(arn)
    return {"PipelineExecutionArn": arn}


def _retry(records: Records, scope: Scope, parameters: Parameters) -> Record:
    return _tokens.once(
        scope,
        parameters.get("ClientRequestToken"),
        str(parameters["PipelineExecutionArn"]),
        lambda: _retried(records, scope, parameters),
    )


def _retried(records: Records, scope: Scope, parameters: Parameters) -> Record:
    arn = parameters["PipelineExecutionArn"]
    with records.lock:
        record = _execution(records, scope, parameters)
        if record["PipelineExecutionStatus"] not in ("Failed", "Stopped"):
            message = f"Pipeline execution {arn} is {record['PipelineExecutionStatus']}; only one that failed or was "
            raise ServiceError("ValidationException", f"{message}stopped can be tried again.")
        kept = {name: state for name, state in record["Steps"].items() if state["StepStatus"] == "Succeeded"}
        more: Record = {"Steps": kept, "PipelineExecutionStatus": "Executing", "FailureReason": None}
        if parameters.get("ParallelismConfiguration"):
            more["ParallelismConfiguration"] = parameters["ParallelismConfiguration"]
        records.change("PipelineExecution", scope, parameters, **more, LastModifiedBy=user_context())
    _begin(records, scope, arn, read(record["PipelineDefinition"]))
    return {"PipelineExecutionArn": arn}


def _no_callbacks(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records, scope, parameters
    raise ServiceError("ValidationException", "No callback step waits for this token.")


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "StartPipelineExecution": _start,
    "ListPipelineExecutions": _list,
    "ListPipelineExecutionSteps": _list_steps,
    "ListPipelineParametersForExecution": _list_parameters,
    "DescribePipelineDefinitionForExecution": _definition_of,
    "StopPipelineExecution": _stop,
    "RetryPipelineExecution": _retry,
    "SendPipelineExecutionStepSuccess": _no_callbacks,
    "SendPipelineExecutionStepFailure": _no_callbacks,
}
"""Operations that do more than keep a record."""
