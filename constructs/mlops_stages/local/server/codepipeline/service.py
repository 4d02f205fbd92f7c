"""CodePipeline: pipelines are kept, told and tagged; a start is refused, since no stage runs here."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import MOST_TAGS, Parameters, Record, Records, Scope, ServiceError

FEWEST_STAGES = 2
"""Source: https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html"""

_DEFAULTS = {"pipelineType": "V1", "executionMode": "SUPERSEDED"}
_NOT_RUN = (
    "GetPipelineState",
    "ListActionExecutions",
    "ListPipelineExecutions",
    "RetryStageExecution",
    "RollbackStage",
    "StartPipelineExecution",
    "StopPipelineExecution",
)

_lock = threading.RLock()
_pipelines: dict[Scope, dict[str, Record]] = {}
_tags: dict[str, dict[str, str]] = {}


def arn_of(scope: Scope, name: str) -> str:
    """A pipeline's ARN."""
    return f"arn:aws:codepipeline:{scope.region}:{scope.account}:{name}"


def _found(scope: Scope, name: str) -> Record:
    try:
        return _pipelines[scope][name]
    except KeyError as error:
        message = f"Account '{scope.account}' does not have a pipeline with name '{name}'"
        raise ServiceError("PipelineNotFoundException", message) from error


def _checked(declared: Mapping[str, Any]) -> Record:
    pipeline = {**_DEFAULTS, **copy.deepcopy(dict(declared))}
    stages = [mapping(each) for each in listed(pipeline["stages"])]
    names = [str(stage["name"]) for stage in stages]
    if len(stages) < FEWEST_STAGES:
        raise ServiceError("InvalidStructureException", f"Pipeline has fewer than {FEWEST_STAGES} stages")
    if len(set(names)) != len(names):
        raise ServiceError("InvalidStructureException", "Pipeline stage names must be unique")
    if ("artifactStore" in pipeline) == ("artifactStores" in pipeline):
        raise ServiceError("InvalidStructureException", "Give one of artifactStore and artifactStores")
    made: set[str] = set()
    for stage in stages:
        for action in (mapping(each) for each in listed(stage.get("actions"))):
            lacking = [str(a["name"]) for a in listed(action.get("inputArtifacts")) if a["name"] not in made]
            if lacking:
                message = f"Input Artifact Bundle {lacking[0]} in action {action['name']} is not declared as output"
                raise ServiceError("InvalidActionDeclarationException", message)
        made |= {
            str(a["name"]) for action in listed(stage.get("actions")) for a in listed(action.get("outputArtifacts"))
        }
    return pipeline


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    pipeline = _checked(parameters["pipeline"])
    name = str(pipeline["name"])
    with _lock:
        if name in _pipelines.get(scope, {}):
            raise ServiceError("PipelineNameInUseException", f"A pipeline with the name '{name}' already exists")
        now = time.time()
        _pipelines.setdefault(scope, {})[name] = {**pipeline, "version": 1, "_created": now, "_updated": now}
        _tag(arn_of(scope, name), listed(parameters.get("tags")))
        return {"pipeline": _shown(_found(scope, name)), "tags": _told(arn_of(scope, name))}


def _update(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    pipeline = _checked(parameters["pipeline"])
    with _lock:
        old = _found(scope, str(pipeline["name"]))
        kept = {"version": int(old["version"]) + 1, "_created": old["_created"], "_updated": time.time()}
        _pipelines[scope][str(pipeline["name"])] = {**pipeline, **kept}
        return {"pipeline": _shown(_found(scope, str(pipeline["name"])))}


def _get(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    with _lock:
        found = _found(scope, str(parameters["name"]))
        told = {"pipelineArn": arn_of(scope, str(parameters["name"]))}
        return {
            "pipeline": _shown(found),
            "metadata": {**told, "created": found["_created"], "updated": found["_updated"]},
        }


def _list(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records, parameters
    members = ("name", "version", "pipelineType", "executionMode")
    with _lock:
        return {
            "pipelines": [
                {name: found[name] for name in members} | {"created": found["_created"], "updated": found["_updated"]}
                for _, found in sorted(_pipelines.get(scope, {}).items())
            ]
        }


def _delete(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    with _lock:
        _pipelines.get(scope, {}).pop(str(parameters["name"]), None)
        _tags.pop(arn_of(scope, str(parameters["name"])), None)
    return {}


def _shown(pipeline: Record) -> Record:
    return {name: value for name, value in pipeline.items() if not name.startswith("_")}


def _tag(arn: str, tags: list[Any]) -> None:
    merged = _tags.get(arn, {}) | {str(tag["key"]): str(tag["value"]) for tag in tags}
    if len(merged) > MOST_TAGS:
        raise ServiceError("TooManyTagsException", f"A pipeline has at most {MOST_TAGS} tags")
    _tags[arn] = merged


def _told(arn: str) -> list[Record]:
    return [{"key": key, "value": value} for key, value in _tags.get(arn, {}).items()]


def _owned(scope: Scope, parameters: Parameters) -> str:
    arn = str(parameters["resourceArn"])
    name = arn.rpartition(":")[2]
    if arn != arn_of(scope, name) or name not in _pipelines.get(scope, {}):
        raise ServiceError("ResourceNotFoundException", f"{arn} does not exist")
    return arn


def _tag_resource(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    with _lock:
        _tag(_owned(scope, parameters), listed(parameters["tags"]))
    return {}


def _untag_resource(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    with _lock:
        tags = _tags.get(_owned(scope, parameters), {})
        for key in listed(parameters["tagKeys"]):
            tags.pop(key, None)
    return {}


def _list_tags(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records
    with _lock:
        return {"tags": _told(_owned(scope, parameters))}


def _refused(records: Records, scope: Scope, parameters: Parameters) -> Record:
    del records, scope, parameters
    raise ServiceError("NotImplementedException", "Not emulated: pipelines of CodePipeline do not run here", 501)


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "CreatePipeline": _create,
    "DeletePipeline": _delete,
    "GetPipeline": _get,
    "ListPipelines": _list,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
    "UpdatePipeline": _update,
    **dict.fromkeys(_NOT_RUN, _refused),
}
"""What is answered here."""
