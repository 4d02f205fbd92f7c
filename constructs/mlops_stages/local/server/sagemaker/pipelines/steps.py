"""What each type of step does: calls of AWS under the pipeline's role, and what later steps may refer to."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.api.records import Record
from mlops_stages.local.server.sagemaker.jobs import board
from mlops_stages.local.server.sagemaker.jobs.work import StepError
from mlops_stages.local.server.sagemaker.jobs.workplace import Client, Role
from mlops_stages.local.server.sagemaker.pipelines import conditions
from mlops_stages.local.server.sagemaker.pipelines.expressions import Context
from mlops_stages.local.server.sagemaker.pipelines.names import job_name
from mlops_stages.local.server.sagemaker.pipelines.retries import error_of_call, error_of_job
from mlops_stages.pipeline_definition.pipeline import PipelineStep

_botocore: Any = importlib.import_module("botocore")  # by name, because it has no types to check
_REASON = 1024
_JOBS = ("Processing", "Training")


class StoppedError(Exception):
    """The step's job was stopped by someone."""


@dataclass(frozen=True)
class Surroundings:
    """What a step acts in. `note` shows members of its state while it runs, `stops` takes what would stop it."""

    context: Context
    role: Role
    execution_id: str
    note: Callable[[Record], None]
    stops: Callable[[Callable[[], None]], None]


def with_job_name(step: PipelineStep, context: Context, execution_id: str) -> Context:
    """Return a context in which a step knows the name that its job will have. Raises StepError."""
    if step.type not in _JOBS:
        return context
    member = f"{step.type}JobName"
    given = context.resolved(step.arguments.get(member))
    name = job_name(execution_id, step.name, str(given) if given else "pipelines")
    return replace(context, execution={**context.execution, member: name})


def resolved(step: PipelineStep, context: Context) -> Record:
    """Return a step's arguments with everything in them known. Raises StepError."""
    return mapping(context.resolved(step.arguments))


def run(step: PipelineStep, arguments: Record, around: Surroundings) -> Record:
    """Do a step; return its properties. Raises StepError and StoppedError."""
    return _RUN[step.type](step, arguments, around)


def _call(client: Client, operation: str, parameters: Mapping[str, Any]) -> Record:
    """Call an operation of SageMaker's ("CreateModel"); its refusal is worded as a step's reason."""
    try:
        answer: Record = getattr(client, str(_botocore.xform_name(operation)))(**parameters)
    except refusals.ClientError as error:
        said = f"{refusals.message(error)} ({refusals.code(error)})"
        reason = f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {said}"[:_REASON]
        raise error_of_call(reason, refusals.code(error), refusals.status(error)) from error
    except refusals.BotoCoreError as error:
        reason = f"ClientError: Failed to invoke sagemaker:{operation}. {error}"[:_REASON]
        raise error_of_call(reason, "", 0) from error
    answer.pop("ResponseMetadata", None)
    return answer


def _job(step: PipelineStep, arguments: Record, around: Surroundings) -> Record:
    kind = f"{step.type}Job"
    client = around.role.client("sagemaker")
    name = str(around.context.execution[f"{kind}Name"])
    arn = _call(client, f"Create{kind}", {**arguments, f"{kind}Name": name})[f"{kind}Arn"]
    around.note({"Metadata": {kind: {"Arn": arn}}})
    around.stops(lambda: _stop(client, kind, name))
    board.wait(arn)
    described = _call(client, f"Describe{kind}", {f"{kind}Name": name})
    status, reason = described[f"{kind}Status"], described.get("FailureReason", "")
    if status == "Stopped" and not reason:
        raise StoppedError
    if status != "Completed":
        raise error_of_job(reason or f"ClientError: the job {name} ended as {status}")
    return {**described, "PropertyFiles": dict(_property_files(step, described))}


def _stop(client: Client, kind: str, name: str) -> None:
    try:
        _call(client, f"Stop{kind}", {f"{kind}Name": name})
    except StepError:
        return  # it has ended, or the role may not stop it: then the execution waits for its end


def _property_files(step: PipelineStep, described: Record) -> list[tuple[str, str]]:
    outputs = {
        item["OutputName"]: str(mapping(item.get("S3Output")).get("S3Uri", ""))
        for item in listed(mapping(described.get("ProcessingOutputConfig")).get("Outputs"))
    }
    return [
        (file.name, f"{outputs[file.output].rstrip('/')}/{file.path}")
        for file in step.property_files
        if file.output in outputs
    ]


def _register(step: PipelineStep, arguments: Record, around: Surroundings) -> Record:
    del step
    answer = _call(around.role.client("sagemaker"), "CreateModelPackage", arguments)
    around.note({"Metadata": {"RegisterModel": {"Arn": answer["ModelPackageArn"]}}})
    return {**arguments, **answer}


def _model(step: PipelineStep, arguments: Record, around: Surroundings) -> Record:
    given = {"ModelName": job_name(around.execution_id, step.name), **arguments}
    answer = _call(around.role.client("sagemaker"), "CreateModel", given)
    around.note({"Metadata": {"Model": {"Arn": answer["ModelArn"]}}})
    return {**given, **answer}


def _condition(step: PipelineStep, arguments: Record, around: Surroundings) -> Record:
    del arguments
    outcome = all(conditions.holds(item, around.context) for item in step.conditions)
    around.note({"Metadata": {"Condition": {"Outcome": "True" if outcome else "False"}}})
    return {"Outcome": outcome}


def _fail(step: PipelineStep, arguments: Record, around: Surroundings) -> Record:
    del step
    message = str(arguments["ErrorMessage"])
    around.note({"Metadata": {"Fail": {"ErrorMessage": message}}})
    raise StepError(message[:_REASON])


_RUN: Mapping[str, Callable[[PipelineStep, Record, Surroundings], Record]] = {
    "Condition": _condition,
    "Fail": _fail,
    "Model": _model,
    "Processing": _job,
    "RegisterModel": _register,
    "Training": _job,
}
