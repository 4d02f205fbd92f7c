"""SageMaker's pipelines and their executions: the records; `local.pipelines` executes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.jobs.work import StepError
from mlops_stages.local.pipelines import definition as definitions
from mlops_stages.local.pipelines import execution as executions
from mlops_stages.local.pipelines.definition import Definition, DefinitionError
from mlops_stages.local.pipelines.expressions import Context
from mlops_stages.local.services.identity import user_context
from mlops_stages.local.services.records import (
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

LONGEST_DEFINITION = 1_048_576
"""Characters."""

_ACTIVE = ("Executing", "Stopping")
_TIMES = {
    "CreatedAfter": Filter(member="CreationTime", how="after"),
    "CreatedBefore": Filter(member="CreationTime", how="before"),
}


def _prepare_pipeline(scope: Scope, record: Record) -> None:
    del scope
    record |= {"PipelineStatus": "Active", "Name": record["PipelineName"], "CreatedBy": user_context()}
    record["LastModifiedBy"] = record["CreatedBy"]
    record.setdefault("PipelineDisplayName", record["PipelineName"])


def _prepare_execution(scope: Scope, record: Record) -> None:
    del scope
    record |= {"CreatedBy": user_context(), "StartTime": record["CreationTime"]}
    record["LastModifiedBy"] = record["CreatedBy"]


KINDS = (
    Kind(
        service="sagemaker",
        name="Pipeline",
        identity=("PipelineName",),
        arn="arn:{partition}:sagemaker:{region}:{account}:pipeline/{PipelineName}",
        arn_member="PipelineArn",
        operations={
            "create": "CreatePipeline",
            "describe": "DescribePipeline",
            "list": "ListPipelines",
            "update": "UpdatePipeline",
            "delete": "DeletePipeline",
        },
        items="PipelineSummaries",
        taken="ConflictException",
        filters={"PipelineNamePrefix": Filter(member="Name", how="starts"), **_TIMES},
        prepare=_prepare_pipeline,
    ),
    Kind(
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
        filters={"PipelineName": Filter(member="PipelineName"), **_TIMES},
        prepare=_prepare_execution,
    ),
)


# Pipelines


def _named(parameters: Parameters) -> Record:
    """Return parameters with the pipeline's name where they may hold its ARN."""
    return {**parameters, "PipelineName": str(parameters["PipelineName"]).rpartition("/")[2]}


def _pipeline(records: Records, scope: Scope, parameters: Parameters) -> Record:
    return records.get(records.kinds["Pipeline"], scope, _named(parameters))


def _read(text: str) -> Definition:
    try:
        return definitions.read(text)
    except DefinitionError as error:
        raise ServiceError("ValidationException", str(error)) from error


def _text(parameters: Parameters) -> str | None:
    """Return the text of the definition that a request gives, from S3 where it is there; None where it gives none."""
    from mlops_stages.local import engine, refusals  # in the server only

    text, location = parameters.get("PipelineDefinition"), parameters.get("PipelineDefinitionS3Location")
    if text is not None and location is not None:
        message = "Only one of PipelineDefinition and PipelineDefinitionS3Location may be given."
        raise ServiceError("ValidationException", message)
    if location is not None:
        more = {"VersionId": location["VersionId"]} if location.get("VersionId") else {}
        try:
            found = engine.call("s3", "get_object", Bucket=location["Bucket"], Key=location["ObjectKey"], **more)
            text = found["Body"].read().decode("utf-8")
        except (refusals.ClientError, UnicodeDecodeError) as error:
            message = f"Unable to read the pipeline definition at s3://{location['Bucket']}/{location['ObjectKey']}: "
            raise ServiceError("ValidationException", f"{message}{error}") from error
    if text is not None and len(text) > LONGEST_DEFINITION:
        message = f"The pipeline definition has {len(text)} characters; it may have {LONGEST_DEFINITION}."
        raise ServiceError("ValidationException", message)
    return text


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    text = _text(parameters)
    if text is None:
        message = "One of PipelineDefinition and PipelineDefinitionS3Location must be given."
        raise ServiceError("ValidationException", message)
    _read(text)
    given = {k: v for k, v in parameters.items() if k not in ("ClientRequestToken", "PipelineDefinitionS3Location")}
    given |= {"PipelineDefinition": text, "Versions": [_version(1, text)]}
    return _once(scope, parameters, lambda: records.dispatch(scope, "sagemaker", "CreatePipeline", given))


def _version(number: int, text: str) -> Record:
    return {"PipelineVersionId": number, "PipelineDefinition": text, "CreationTime": time.time()}


def _describe(records: Records, scope: Scope, parameters: Parameters) -> Record:
    described = records.dispatch(scope, "sagemaker", "DescribePipeline", _named(parameters))
    if parameters.get("PipelineVersionId"):
        version = _find_version(_pipeline(records, scope, parameters), parameters["PipelineVersionId"])
        shown = ("PipelineDefinition", "PipelineVersionDisplayName", "PipelineVersionDescription")
        described |= {name: version[name] for name in shown if name in version}
    return described


def _find_version(pipeline: Record, number: int) -> Record:
    for version in pipeline["Versions"]:
        if version["PipelineVersionId"] == number:
            return version
    raise ServiceError("ResourceNotFound", f"Pipeline {pipeline['PipelineName']} has no version {number}.")


def _update(records: Records, scope: Scope, parameters: Parameters) -> Record:
    text = _text(parameters)
    if text is not None:
        _read(text)
    with records.lock:
        versions = _pipeline(records, scope, parameters)["Versions"]
        given = {k: v for k, v in parameters.items() if k != "PipelineDefinitionS3Location"}
        if text is not None:
            given["PipelineDefinition"] = text
            versions = [*versions, _version(versions[-1]["PipelineVersionId"] + 1, text)]
        more = {"Versions": versions, "LastModifiedBy": user_context()}
        answer = records.dispatch(scope, "sagemaker", "UpdatePipeline", {**given, **more})
    return {**answer, "PipelineVersionId": versions[-1]["PipelineVersionId"]}


def _delete(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline = _pipeline(records, scope, parameters)
    own = [run for run in records.all("PipelineExecution", scope) if run["PipelineArn"] == pipeline["PipelineArn"]]
    if any(run["PipelineExecutionStatus"] in _ACTIVE for run in own):
        message = f"Pipeline {pipeline['PipelineName']} has executions that run; stop them first."
        raise ServiceError("ConflictException", message)
    records.dispatch(scope, "sagemaker", "DeletePipeline", parameters)
    for run in own:
        records.remove("PipelineExecution", scope, run)
    return {"PipelineArn": pipeline["PipelineArn"]}


def _list_versions(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline = _pipeline(records, scope, parameters)
    after, before = parameters.get("CreatedAfter"), parameters.get("CreatedBefore")
    found = [
        {name: value for name, value in version.items() if name != "PipelineDefinition"}
        | {"PipelineArn": pipeline["PipelineArn"]}
        for version in pipeline["Versions"]
        if (after is None or version["CreationTime"] > after) and (before is None or version["CreationTime"] < before)
    ]
    if parameters.get("SortOrder") != "Ascending":
        found.reverse()
    items, token = page(found, parameters.get("MaxResults") or 100, parameters.get("NextToken"))
    return {"PipelineVersionSummaries": items} | ({"NextToken": token} if token else {})


def _update_version(records: Records, scope: Scope, parameters: Parameters) -> Record:
    with records.lock:
        pipeline = _pipeline(records, scope, {"PipelineName": parameters["PipelineArn"]})
        version = _find_version(pipeline, parameters["PipelineVersionId"])
        version |= {k: v for k, v in parameters.items() if k.startswith("PipelineVersionD")}
    return {"PipelineArn": pipeline["PipelineArn"], "PipelineVersionId": version["PipelineVersionId"]}


# Executions


def _start(records: Records, scope: Scope, parameters: Parameters) -> Record:
    for member in ("SelectiveExecutionConfig", "MlflowExperimentName"):
        if parameters.get(member):
            raise ServiceError("ValidationException", f"The local SageMaker does not do: {member}")
    return _once(scope, parameters, lambda: _started(records, scope, parameters))


def _started(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline = _pipeline(records, scope, parameters)
    number = parameters.get("PipelineVersionId") or pipeline["Versions"][-1]["PipelineVersionId"]
    version = _find_version(pipeline, number)
    definition = _read(version["PipelineDefinition"])
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


def _begin(records: Records, scope: Scope, arn: str, definition: Definition) -> None:
    record = records.get(records.kinds["PipelineExecution"], scope, {"PipelineExecutionArn": arn})
    executions.start(records, scope, record, definition)


def _values(definition: Definition, given: list[Mapping[str, str]]) -> Record:
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


def _experiment(definition: Definition, given: Record) -> Record:
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
    _pipeline(records, scope, parameters)
    wanted = _named(parameters)
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
        if status not in _ACTIVE:
            message = f"Pipeline execution {arn} is {status}; only one that executes can be stopped."
            raise ServiceError("ValidationException", message)
        more = {"PipelineExecutionStatus": "Stopping", "LastModifiedBy": user_context()}
        records.change("PipelineExecution", scope, parameters, **more)
    executions.stop(arn)
    return {"PipelineExecutionArn": arn}


def _retry(records: Records, scope: Scope, parameters: Parameters) -> Record:
    return _once(scope, parameters, lambda: _retried(records, scope, parameters))


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
    _begin(records, scope, arn, _read(record["PipelineDefinition"]))
    return {"PipelineExecutionArn": arn}


def _no_callbacks(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records, scope, parameters
    raise ServiceError("ValidationException", "No callback step waits for this token.")


_TOKENS: dict[tuple[str, ...], Record] = {}
_REMEMBERED = 1000


def _once(scope: Scope, parameters: Parameters, work: Callable[[], Record]) -> Record:
    """Do the work of a request once for its token; the same request again gets the same answer."""
    token = (scope.account, scope.region, str(parameters.get("ClientRequestToken")), *sorted(_marks(parameters)))
    if parameters.get("ClientRequestToken") and token in _TOKENS:
        return dict(_TOKENS[token])
    answer = work()
    if len(_TOKENS) >= _REMEMBERED:
        del _TOKENS[next(iter(_TOKENS))]
    _TOKENS[token] = dict(answer)
    return answer


def _marks(parameters: Parameters) -> list[str]:
    return [str(parameters[name]) for name in ("PipelineName", "PipelineExecutionArn") if parameters.get(name)]


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "CreatePipeline": _create,
    "DescribePipeline": _describe,
    "UpdatePipeline": _update,
    "DeletePipeline": _delete,
    "ListPipelineVersions": _list_versions,
    "UpdatePipelineVersion": _update_version,
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
