"""The feature store's records: written, read and deleted online, the latest of each identifier, and kept as history.

Whoever calls must be allowed to decrypt with the store's key, through SageMaker; AWS asks that of every call, reads
and writes alike.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import operations, rest
from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError
from mlops_stages.local.server.sagemaker.feature_store import feature_groups as feature_store
from mlops_stages.local.server.sagemaker.feature_store import offline_store as feature_history

SERVICE = "sagemaker-featurestore-runtime"
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")

_Values = list[dict[str, Any]]


class OnlineStore:
    """The latest record of each identifier, by feature group."""

    def __init__(self, records: Records) -> None:
        self._groups = records
        self._stored: dict[tuple[str, float, str], tuple[float, _Values | None]] = {}
        self._operations = {
            "PutRecord": self._put,
            "GetRecord": self._get,
            "DeleteRecord": self._delete,
            "BatchGetRecord": self._batch_get,
        }

    def handles(self, operation: str) -> bool:
        """Whether an operation is answered here."""
        return operation in self._operations

    def dispatch(self, scope: Scope, operation: str, parameters: Parameters) -> Record:
        """Answer one call whose parameters have been checked against its shape."""
        return self._operations[operation](scope, parameters)

    def keys_of(self, scope: Scope, operation: operations.Operation) -> tuple[str, ...]:
        """The keys that the groups in a request are under; none for groups that do not exist."""
        named = [operation.parameters, *(operation.parameters.get("Identifiers") or ())]
        keys: set[str] = set()
        for parameters in named:
            try:
                _, group = feature_store.found(self._groups, scope, str(parameters.get("FeatureGroupName", "")))
            except ServiceError:
                continue
            key = mapping(mapping(group.get("OnlineStoreConfig")).get("SecurityConfig")).get("KmsKeyId")
            if key:
                keys.add(str(key))
        return tuple(sorted(keys))

    def _put(self, scope: Scope, parameters: Parameters) -> Record:
        where, group = feature_store.found(self._groups, scope, parameters["FeatureGroupName"])
        values: _Values = parameters["Record"]
        known = {d["FeatureName"]: d["FeatureType"] for d in group["FeatureDefinitions"]}
        said = {value["FeatureName"]: value.get("ValueAsString") for value in values}
        if len(said) != len(values):
            raise ServiceError("ValidationError", "A record must not have one feature twice.")
        for name, value in said.items():
            if name not in known:
                raise ServiceError("ValidationError", f"Feature {name} is not defined in the feature group.")
            if value is not None and not _fits(known[name], value):
                raise ServiceError("ValidationError", f"Feature {name}: {value!r} is no {known[name]}.")
        identifier, event = said.get(group["RecordIdentifierFeatureName"]), said.get(group["EventTimeFeatureName"])
        if not identifier or event is None:
            raise ServiceError("ValidationError", "A record must have its identifier and its event time.")
        self._keep(where, group, parameters, identifier, _moment(event), values)
        return {}

    def _get(self, scope: Scope, parameters: Parameters) -> Record:
        group = self._group(scope, parameters)
        stored = self._of(group, parameters["RecordIdentifierValueAsString"], parameters.get("FeatureNames"))
        return {} if stored is None else {"Record": stored}

    def _batch_get(self, scope: Scope, parameters: Parameters) -> Record:
        answer: Record = {"Records": [], "Errors": [], "UnprocessedIdentifiers": []}
        for wanted in parameters["Identifiers"]:
            group = self._group(scope, wanted)
            for identifier in wanted["RecordIdentifiersValueAsString"]:
                stored = self._of(group, identifier, wanted.get("FeatureNames"))
                if stored is not None:
                    found = {"RecordIdentifierValueAsString": identifier, "Record": stored}
                    answer["Records"].append({"FeatureGroupName": wanted["FeatureGroupName"], **found})
        return answer

    def _delete(self, scope: Scope, parameters: Parameters) -> Record:
        where, group = feature_store.found(self._groups, scope, parameters["FeatureGroupName"])
        identifier, event = parameters["RecordIdentifierValueAsString"], _moment(parameters["EventTime"])
        self._keep(where, group, parameters, identifier, event, None, said=parameters["EventTime"])
        if parameters.get("DeletionMode") == "HardDelete" and self._stored.get(_key(group, identifier)) == (
            event,
            None,
        ):
            del self._stored[_key(group, identifier)]
        return {}

    def _keep(
        self,
        where: Scope,
        group: Record,
        parameters: Parameters,
        identifier: str,
        event: float,
        values: _Values | None,
        said: str = "",
    ) -> None:
        """Store what is not older than what is there, and append to the history, which late records change, too."""
        stores = parameters.get("TargetStores") or ("OnlineStore", "OfflineStore")
        online, offline = _is_online(group), group.get("OfflineStoreConfig") is not None
        if online and "OnlineStore" in stores:
            at, _ = self._stored.get(_key(group, identifier), (event, None))
            if event >= at:
                self._stored[_key(group, identifier)] = (event, values)
        if offline and "OfflineStore" in stores:
            named = {group["RecordIdentifierFeatureName"]: identifier, group["EventTimeFeatureName"]: said}
            gone = [{"FeatureName": name, "ValueAsString": value} for name, value in named.items()]
            appended = gone if values is None else values
            feature_history.append(where, group, event, appended, deleted=values is None)

    def _of(self, group: Mapping[str, Any], identifier: str, names: object) -> _Values | None:
        _, values = self._stored.get(_key(group, identifier), (0.0, None))
        if values is None:
            return None
        return [value for value in values if not names or value["FeatureName"] in listed(names)]

    def _group(self, scope: Scope, parameters: Parameters) -> Record:
        _, group = feature_store.found(self._groups, scope, parameters["FeatureGroupName"])
        if not _is_online(group):
            raise ServiceError("ValidationError", f"{group['FeatureGroupName']} has no online store.")
        return group


def _is_online(group: Mapping[str, Any]) -> bool:
    return bool(mapping(group.get("OnlineStoreConfig")).get("EnableOnlineStore"))


def _key(group: Mapping[str, Any], identifier: str) -> tuple[str, float, str]:
    # The time of birth, too: a group made anew under the same name starts empty.
    return group["FeatureGroupArn"], group["CreationTime"], identifier


def _fits(kind: str, value: str) -> bool:
    try:
        if kind == "Integral":
            int(value)
        elif kind == "Fractional":
            float(value)
    except ValueError:
        return False
    return True


def _moment(event: str) -> float:
    """An event time in seconds since 1970, from ISO 8601 or such a number."""
    try:
        if _ISO.fullmatch(event):
            return datetime.datetime.fromisoformat(event).timestamp()
        return float(event)
    except ValueError as error:
        raise ServiceError("ValidationError", f"{event!r} is no event time: ISO 8601 in UTC, or seconds.") from error


def handler(records: Records) -> engine.ServiceHandler:
    """Answer the feature store's own requests, which are signed for SageMaker."""
    store = OnlineStore(records)
    answer = rest.handler(SERVICE, store.handles, store.dispatch)

    async def handle(
        method: str, path: str, headers: engine.Headers, body: bytes, query: engine.Query, /
    ) -> engine.Response | None:
        asked = operations.find(SERVICE, method, path, headers, body, query)
        if asked is None or not store.handles(asked.name):
            return None
        scope = Scope(account=engine.account(), region=engine.region())
        context = {"kms:ViaService": f"sagemaker.{scope.region}.amazonaws.com"}
        for key in store.keys_of(scope, asked):
            denial = engine.authorize("kms:Decrypt", "kms", key, context, headers, query)
            if denial is not None:
                return engine.denied_response("sagemaker", denial, headers, "")
        return await answer(method, path, headers, body, query)

    return handle
