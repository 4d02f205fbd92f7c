"""Cost Explorer's anomaly detection: monitors and subscriptions, one set an account."""

from __future__ import annotations

import datetime
import uuid

from mlops_stages.local.server.api.records import Filter, Kind, Parameters, Record, Records, Scope, ServiceError

_next_ids: list[str] = []


def give_next_monitor(monitor_id: str) -> None:
    """Let the next monitor have this id: that of one which exists on AWS."""
    _next_ids[:] = [monitor_id]


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d")


def _prepare_monitor(scope: Scope, record: Record) -> None:
    del scope
    record["Id"] = _next_ids.pop() if _next_ids else str(uuid.uuid4())
    record["CreationDate"] = record["LastUpdatedDate"] = _today()
    if record["MonitorType"] == "DIMENSIONAL":
        record["DimensionalValueCount"] = 0


def _check_monitor(records: Records, scope: Scope, record: Record) -> None:
    dimension, specification = record.get("MonitorDimension"), record.get("MonitorSpecification")
    if record["MonitorType"] == "DIMENSIONAL" and (dimension is None or specification is not None):
        raise ServiceError("ValidationException", "A DIMENSIONAL monitor takes a MonitorDimension and nothing else.")
    if record["MonitorType"] == "CUSTOM" and (dimension is not None or specification is None):
        raise ServiceError("ValidationException", "A CUSTOM monitor takes a MonitorSpecification and nothing else.")
    for other in records.all("AnomalyMonitor", scope):
        same = dimension is not None and other.get("MonitorDimension") == dimension
        if same and other["MonitorArn"] != record["MonitorArn"]:
            # AWS allows one monitor for each dimension in an account
            raise ServiceError("ValidationException", "Limit exceeded on dimensional spend monitor creation")


def _prepare_subscription(scope: Scope, record: Record) -> None:
    record["Id"] = str(uuid.uuid4())
    record["AccountId"] = scope.account
    for subscriber in record["Subscribers"]:
        subscriber.setdefault("Status", "CONFIRMED")


def _check_subscription(records: Records, scope: Scope, record: Record) -> None:
    known = {monitor["MonitorArn"] for monitor in records.all("AnomalyMonitor", scope)}
    for arn in record["MonitorArnList"]:
        if arn not in known:
            raise ServiceError("UnknownMonitorException", f"AnomalyMonitor [{arn}] does not exist.")
    if (record.get("Threshold") is None) == (record.get("ThresholdExpression") is None):
        raise ServiceError("ValidationException", "Exactly one of Threshold and ThresholdExpression must be given.")
    wanted = "SNS" if record["Frequency"] == "IMMEDIATE" else "EMAIL"
    if any(subscriber.get("Type") != wanted for subscriber in record["Subscribers"]):
        raise ServiceError(
            "ValidationException", f"Subscribers of frequency {record['Frequency']} must be of type {wanted}."
        )


KINDS = (
    Kind(
        service="ce",
        name="AnomalyMonitor",
        identity=("MonitorArn",),
        arn="arn:{partition}:ce::{account}:anomalymonitor/{Id}",
        arn_member="MonitorArn",
        operations={
            "create": "CreateAnomalyMonitor",
            "list": "GetAnomalyMonitors",
            "update": "UpdateAnomalyMonitor",
            "delete": "DeleteAnomalyMonitor",
        },
        items="AnomalyMonitors",
        missing="UnknownMonitorException",
        taken="ValidationException",
        wrapper="AnomalyMonitor",
        filters={"MonitorArnList": Filter(member="MonitorArn", how="in")},
        tags="ResourceTags",
        token="NextPageToken",  # noqa: S106  # a page's, not a secret
        regional=False,
        prepare=_prepare_monitor,
        check=_check_monitor,
        answers_list=True,
    ),
    Kind(
        service="ce",
        name="AnomalySubscription",
        identity=("SubscriptionArn",),
        arn="arn:{partition}:ce::{account}:anomalysubscription/{Id}",
        arn_member="SubscriptionArn",
        operations={
            "create": "CreateAnomalySubscription",
            "list": "GetAnomalySubscriptions",
            "update": "UpdateAnomalySubscription",
            "delete": "DeleteAnomalySubscription",
        },
        items="AnomalySubscriptions",
        missing="UnknownSubscriptionException",
        taken="ValidationException",
        wrapper="AnomalySubscription",
        filters={
            "SubscriptionArnList": Filter(member="SubscriptionArn", how="in"),
            "MonitorArn": Filter(member="MonitorArnList", how="any"),
        },
        tags="ResourceTags",
        token="NextPageToken",  # noqa: S106  # a page's, not a secret
        regional=False,
        instead={"Threshold": "ThresholdExpression", "ThresholdExpression": "Threshold"},
        prepare=_prepare_subscription,
        check=_check_subscription,
        answers_list=True,
    ),
)


def anomalies(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """GetAnomalies: none, since nothing is spent here."""
    del records, scope, parameters
    return {"Anomalies": []}


EXTRAS = {"GetAnomalies": anomalies}
"""Operations that are no create, list, update or delete."""
