"""SageMaker's transform jobs: the records; `run` runs them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.sagemaker.hosting.lookups import Extra, found
from mlops_stages.local.server.sagemaker.hosting.models import content
from mlops_stages.local.server.sagemaker.jobs.service import check_role
from mlops_stages.local.server.sagemaker.transforms.run import Status, TransformRun
from mlops_stages.local.server.timers import TIMERS

_MOST_MB = 100
_runs: dict[str, TransformRun] = {}
_lock = threading.Lock()


def _prepare(scope: Scope, record: Record) -> None:
    del scope
    record |= {"TransformJobStatus": "InProgress", "Name": record["TransformJobName"]}
    record["TransformStartTime"] = CLOCK.now()


KIND = Kind(
    service="sagemaker",
    name="TransformJob",
    identity=("TransformJobName",),
    arn="arn:{partition}:sagemaker:{region}:{account}:transform-job/{TransformJobName}",
    arn_member="TransformJobArn",
    operations={"create": "CreateTransformJob", "describe": "DescribeTransformJob", "list": "ListTransformJobs"},
    items="TransformJobSummaries",
    filters={
        "NameContains": Filter(member="Name", how="contains"),
        "StatusEquals": Filter(member="TransformJobStatus"),
        "CreationTimeAfter": Filter(member="CreationTime", how="after"),
        "CreationTimeBefore": Filter(member="CreationTime", how="before"),
        "LastModifiedTimeAfter": Filter(member="LastModifiedTime", how="after"),
        "LastModifiedTimeBefore": Filter(member="LastModifiedTime", how="before"),
    },
    prepare=_prepare,
)


def _refusals(request: Parameters) -> Iterator[str]:
    """Yield what a request asks for that is not emulated, so that nothing is accepted and then ignored."""
    given = request["TransformInput"]
    kind = given["DataSource"]["S3DataSource"]["S3DataType"]
    if kind not in ("S3Prefix", "ManifestFile"):
        yield f"S3DataType {kind}"
    if given.get("CompressionType", "None") != "None":
        yield "CompressionType Gzip"
    if given.get("SplitType", "None") not in ("None", "Line"):
        yield f"SplitType {given['SplitType']}"
    processing = mapping(request.get("DataProcessing"))
    if any(processing.get(name) for name in ("InputFilter", "OutputFilter")) or processing.get("JoinSource") == "Input":
        yield "DataProcessing"
    if request.get("ExperimentConfig"):
        yield "ExperimentConfig"


def _faults(request: Parameters) -> Iterator[str]:
    """Yield what AWS refuses beyond the shapes of the parameters."""
    by_line = request["TransformInput"].get("SplitType", "None") != "None"
    if request.get("BatchStrategy") == "SingleRecord" and not by_line:
        yield "BatchStrategy SingleRecord needs a SplitType"
    payload, at_once = request.get("MaxPayloadInMB") or 0, request.get("MaxConcurrentTransforms") or 1
    if payload * at_once > _MOST_MB:
        yield f"MaxConcurrentTransforms * MaxPayloadInMB must not be above {_MOST_MB} MB"


def _create(records: Records, scope: Scope, parameters: Parameters) -> Record:
    wrong = list(_faults(parameters))
    if wrong:
        raise ServiceError("ValidationException", "; ".join(wrong))
    lacking = list(_refusals(parameters))
    if lacking:
        raise ServiceError("ValidationException", f"The local SageMaker does not run: {'; '.join(lacking)}")
    model = found(records, "Model", scope, parameters["ModelName"])
    arn = f"arn:aws:sagemaker:{scope.region}:{scope.account}:transform-job/{parameters['TransformJobName']}"
    check_role(scope, str(model["ExecutionRoleArn"]), arn)
    what = content(records, scope, model)
    answer = records.dispatch(scope, "sagemaker", "CreateTransformJob", parameters)
    record = records.get(KIND, scope, parameters)
    run = TransformRun(scope, record, model, what, lambda status, reason: _end(records, scope, record, status, reason))
    with _lock:
        _runs[arn] = run
    _tell(records, scope, record)
    TIMERS.work(run.run)
    return answer


def _end(records: Records, scope: Scope, record: Record, status: Status, reason: str) -> None:
    with _lock:
        _runs.pop(record["TransformJobArn"], None)
    members: Record = {"TransformJobStatus": status, "TransformEndTime": CLOCK.now()}
    if reason:
        members["FailureReason"] = reason
    records.change("TransformJob", scope, record, **members)
    _tell(records, scope, record)


def _stop(records: Records, scope: Scope, parameters: Parameters) -> Record:
    record = records.get(KIND, scope, parameters)
    if record["TransformJobStatus"] != "InProgress":
        message = f"The job is in status {record['TransformJobStatus']} and cannot be stopped."
        raise ServiceError("ValidationException", message)
    records.change("TransformJob", scope, parameters, TransformJobStatus="Stopping")
    with _lock:
        run = _runs.get(record["TransformJobArn"])
    if run is not None:
        run.stop()
    return {}


def _tell(records: Records, scope: Scope, record: Record) -> None:
    """Put the event of a job's state on the bus of its account."""
    shape = shapes.output_shape("sagemaker", "DescribeTransformJob")
    with records.lock:
        detail = dict(record) if shape is None else shapes.shown(shape, record)
    for name in ("CreationTime", "TransformStartTime", "TransformEndTime"):
        if name in detail:
            detail[name] = int(detail[name] * 1000)
    with engine.within(scope.account, scope.region):
        engine.put_service_event(
            "aws.sagemaker", "SageMaker Transform Job State Change", [str(record["TransformJobArn"])], detail
        )


EXTRAS: Mapping[str, Extra] = {"CreateTransformJob": _create, "StopTransformJob": _stop}
"""Operations that do more than keep a record."""
