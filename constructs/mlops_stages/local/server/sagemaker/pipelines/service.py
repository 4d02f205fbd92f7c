"""SageMaker's pipelines: their definitions, in versions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError, page
from mlops_stages.local.server.api.tokens import Tokens
from mlops_stages.local.server.sagemaker.pipelines import definition as definitions
from mlops_stages.local.server.sagemaker.pipelines.definition import DefinitionError
from mlops_stages.local.server.sagemaker.user_context import user_context
from mlops_stages.pipeline_definition.pipeline import Pipeline
from mlops_stages.pipeline_definition.reading import LONGEST

ACTIVE = ("Executing", "Stopping")
"""The states of an execution that has not ended."""

CREATED = {
    "CreatedAfter": Filter(member="CreationTime", how="after"),
    "CreatedBefore": Filter(member="CreationTime", how="before"),
}
"""The filters by time of the lists of pipelines and executions."""

_tokens = Tokens()


def _prepare_pipeline(scope: Scope, record: Record) -> None:
    del scope
    record |= {"PipelineStatus": "Active", "Name": record["PipelineName"], "CreatedBy": user_context()}
    record["LastModifiedBy"] = record["CreatedBy"]
    record.setdefault("PipelineDisplayName", record["PipelineName"])


KIND = Kind(
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
    filters={"PipelineNamePrefix": Filter(member="Name", how="starts"), **CREATED},
    prepare=_prepare_pipeline,
)


def named(parameters: Parameters) -> Record:
    """Return parameters with the pipeline's name where they may hold its ARN."""
    return {**parameters, "PipelineName": str(parameters["PipelineName"]).rpartition("/")[2]}


def pipeline_of(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """Return the record of the pipeline that a request names; ServiceError where there is none."""
    return records.get(records.kinds["Pipeline"], scope, named(parameters))


def read(text: str) -> Pipeline:
    """Return a definition that can run; ServiceError with everything that is wrong with another."""
    try:
        return definitions.read(text)
    except DefinitionError as error:
        raise ServiceError("ValidationException", str(error)) from error


def _text(parameters: Parameters) -> str | None:
    """Return the text of the definition that a request gives, from S3 where it is there; None where it gives none."""
    from mlops_stages.local import refusals  # in the server only
    from mlops_stages.local.server.api import calls

    text, location = parameters.get("PipelineDefinition"), parameters.get("PipelineDefinitionS3Location")
    if text is not None and location is not None:
        message = "Only one of PipelineDefinition and PipelineDefinitionS3Location may be given."
        raise ServiceError("ValidationException", message)
    if location is not None:
        more = {"VersionId": location["VersionId"]} if location.get("VersionId") else {}
        try:
            found = calls.call("s3", "get_object", Bucket=location["Bucket"], Key=location["ObjectKey"], **more)
            if found["ContentLength"] > 4 * LONGEST:  # four bytes a character at most
                raise ServiceError("ValidationException", f"A definition has at most {LONGEST} characters.")
            text = found["Body"].read().decode("utf-8")
        except (refusals.ClientError, UnicodeDecodeError) as error:
            message = f"Unable to read the pipeline definition at s3://{location['Bucket']}/{location['ObjectKey']}: "
            raise ServiceError("ValidationException", f"{message}{error}") from error
    return text


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    text = _text(parameters)
    if text is None:
        message = "One of PipelineDefinition and PipelineDefinitionS3Location must be given."
        raise ServiceError("ValidationException", message)
    read(text)
    given = {k: v for k, v in parameters.items() if k not in ("ClientRequestToken", "PipelineDefinitionS3Location")}
    given |= {"PipelineDefinition": text, "Versions": [_version(1, text)]}
    return _tokens.once(
        scope,
        parameters.get("ClientRequestToken"),
        str(parameters["PipelineName"]),
        lambda: records.dispatch(scope, "sagemaker", "CreatePipeline", given),
    )


def _version(number: int, text: str) -> Record:
    return {"PipelineVersionId": number, "PipelineDefinition": text, "CreationTime": time.time()}


def _describe(records: Records, scope: Scope, parameters: Parameters) -> Record:
    described = records.dispatch(scope, "sagemaker", "DescribePipeline", named(parameters))
    if parameters.get("PipelineVersionId"):
        version = version_of(pipeline_of(records, scope, parameters), parameters["PipelineVersionId"])
        shown = ("PipelineDefinition", "PipelineVersionDisplayName", "PipelineVersionDescription")
        described |= {name: version[name] for name in shown if name in version}
    return described


def version_of(pipeline: Record, number: int) -> Record:
    """Return a version of a pipeline; ServiceError where there is none of that number."""
    for version in pipeline["Versions"]:
        if version["PipelineVersionId"] == number:
            return version
    raise ServiceError("ResourceNotFound", f"Pipeline {pipeline['PipelineName']} has no version {number}.")


def _update(records: Records, scope: Scope, parameters: Parameters) -> Record:
    text = _text(parameters)
    if text is not None:
        read(text)
    with records.lock:
        versions = pipeline_of(records, scope, parameters)["Versions"]
        given = {k: v for k, v in parameters.items() if k != "PipelineDefinitionS3Location"}
        if text is not None:
            given["PipelineDefinition"] = text
            versions = [*versions, _version(versions[-1]["PipelineVersionId"] + 1, text)]
        more = {"Versions": versions, "LastModifiedBy": user_context()}
        answer = records.dispatch(scope, "sagemaker", "UpdatePipeline", {**given, **more})
    return {**answer, "PipelineVersionId": versions[-1]["PipelineVersionId"]}


def _delete(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline = pipeline_of(records, scope, parameters)
    own = [run for run in records.all("PipelineExecution", scope) if run["PipelineArn"] == pipeline["PipelineArn"]]
    if any(run["PipelineExecutionStatus"] in ACTIVE for run in own):
        message = f"Pipeline {pipeline['PipelineName']} has executions that run; stop them first."
        raise ServiceError("ConflictException", message)
    records.dispatch(scope, "sagemaker", "DeletePipeline", parameters)
    for run in own:
        records.remove("PipelineExecution", scope, run)
    return {"PipelineArn": pipeline["PipelineArn"]}


def _list_versions(records: Records, scope: Scope, parameters: Parameters) -> Record:
    pipeline = pipeline_of(records, scope, parameters)
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
        pipeline = pipeline_of(records, scope, {"PipelineName": parameters["PipelineArn"]})
        version = version_of(pipeline, parameters["PipelineVersionId"])
        version |= {k: v for k, v in parameters.items() if k.startswith("PipelineVersionD")}
    return {"PipelineArn": pipeline["PipelineArn"], "PipelineVersionId": version["PipelineVersionId"]}


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "CreatePipeline": _create,
    "DescribePipeline": _describe,
    "UpdatePipeline": _update,
    "DeletePipeline": _delete,
    "ListPipelineVersions": _list_versions,
    "UpdatePipelineVersion": _update_version,
}
"""Operations that do more than keep a record."""
