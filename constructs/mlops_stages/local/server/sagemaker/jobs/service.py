"""SageMaker's processing and training jobs: the records; `runner` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.sagemaker.jobs import board, processing, training, workplace
from mlops_stages.local.server.sagemaker.jobs.work import StepError

_TIMES = {
    "CreationTimeAfter": Filter(member="CreationTime", how="after"),
    "CreationTimeBefore": Filter(member="CreationTime", how="before"),
    "LastModifiedTimeAfter": Filter(member="LastModifiedTime", how="after"),
    "LastModifiedTimeBefore": Filter(member="LastModifiedTime", how="before"),
}


def _prepare_processing(scope: Scope, record: Record) -> None:
    del scope
    record |= {"ProcessingJobStatus": "InProgress", "Status": "InProgress", "Name": record["ProcessingJobName"]}
    record.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": 86400})


def _prepare_training(scope: Scope, record: Record) -> None:
    del scope
    record |= {"TrainingJobStatus": "InProgress", "Status": "InProgress", "Name": record["TrainingJobName"]}
    record |= {"SecondaryStatus": "Starting", "SecondaryStatusTransitions": []}
    record.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": 86400})
    for member in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
        record.setdefault(member, False)


def _kind(name: board.Kind, prepare: Callable[[Scope, Record], None], arn: str) -> Kind:
    return Kind(
        service="sagemaker",
        name=name,
        identity=(f"{name}Name",),
        arn=f"arn:{{partition}}:sagemaker:{{region}}:{{account}}:{arn}/{{{name}Name}}",
        arn_member=f"{name}Arn",
        operations={
            "create": f"Create{name}",
            "describe": f"Describe{name}",
            "list": f"List{name}s",
            "delete": f"Delete{name}",
        },
        items=f"{name}Summaries",
        filters={
            "NameContains": Filter(member="Name", how="contains"),
            "StatusEquals": Filter(member="Status"),
            **_TIMES,
        },
        prepare=prepare,
    )


KINDS = (
    _kind("ProcessingJob", _prepare_processing, "processing-job"),
    _kind("TrainingJob", _prepare_training, "training-job"),
)


def _create(
    kind: board.Kind,
    refusals: Callable[[dict[str, Any]], Iterator[str]],
    faults: Callable[[dict[str, Any]], Iterator[str]],
) -> Callable[[Records, Scope, Parameters], Record]:
    def create(records: Records, scope: Scope, parameters: Parameters) -> Record:
        request = dict(parameters)
        wrong = list(faults(request))
        if wrong:
            raise ServiceError("ValidationException", "; ".join(wrong))
        lacking = list(refusals(request))
        if lacking:
            raise ServiceError("ValidationException", f"The local SageMaker does not run: {'; '.join(lacking)}")
        arn = records.kinds[kind].arn.format(
            partition="aws", account=scope.account, region=scope.region, **{f"{kind}Name": parameters[f"{kind}Name"]}
        )
        check_role(scope, str(parameters["RoleArn"]), arn)
        answer = records.dispatch(scope, "sagemaker", f"Create{kind}", parameters)
        record = records.get(records.kinds[kind], scope, parameters)
        board.start(records, scope, kind, record)
        return answer

    return create


def check_role(scope: Scope, role_arn: str, source_arn: str) -> None:
    """Refuse a role of another account, or one that SageMaker may not take; AWS does so before the job begins."""
    try:
        workplace.assume(role_arn, scope.account, scope.region, source_arn)
    except StepError as refused:
        raise ServiceError("ValidationException", str(refused)) from refused


def _stop(kind: board.Kind) -> Callable[[Records, Scope, Parameters], Record]:
    def stop(records: Records, scope: Scope, parameters: Parameters) -> Record:
        record = records.get(records.kinds[kind], scope, parameters)
        if record["Status"] not in ("InProgress", "Stopping"):
            raise ServiceError("ValidationException", f"The job is in status {record['Status']} and cannot be stopped.")
        more = {"SecondaryStatus": "Stopping"} if kind == "TrainingJob" else {}
        records.change(kind, scope, parameters, **{f"{kind}Status": "Stopping", "Status": "Stopping", **more})
        board.stop(record[f"{kind}Arn"])
        return {}

    return stop


def _delete(kind: board.Kind) -> Callable[[Records, Scope, Parameters], Record]:
    def delete(records: Records, scope: Scope, parameters: Parameters) -> Record:
        record = records.get(records.kinds[kind], scope, parameters)
        if record["Status"] in ("InProgress", "Stopping"):
            raise ServiceError("ResourceInUse", f"The job is in status {record['Status']} and cannot be deleted.")
        return records.dispatch(scope, "sagemaker", f"Delete{kind}", parameters)

    return delete


def _not_emulated(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """UpdateTrainingJob and lists of tuning jobs: the local SageMaker has no profiler, warm pool or tuning."""
    del records, scope, parameters
    raise ServiceError("NotImplementedException", "Not emulated: profilers, warm pools and tuning.", 501)


def _no_search(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """Search: moto would look among its own records, where none of ours are."""
    del records, scope
    raise ServiceError("NotImplementedException", f"Not emulated: a search for {parameters['Resource']}.", 501)


EXTRAS: Mapping[str, Callable[[Records, Scope, Parameters], Record]] = {
    "CreateProcessingJob": _create("ProcessingJob", processing.refusals, processing.faults),
    "CreateTrainingJob": _create("TrainingJob", training.refusals, training.faults),
    "StopProcessingJob": _stop("ProcessingJob"),
    "StopTrainingJob": _stop("TrainingJob"),
    "DeleteProcessingJob": _delete("ProcessingJob"),
    "DeleteTrainingJob": _delete("TrainingJob"),
    "UpdateTrainingJob": _not_emulated,
    "ListTrainingJobsForHyperParameterTuningJob": _not_emulated,
    "Search": _no_search,
}
"""Operations that do more than keep a record."""
