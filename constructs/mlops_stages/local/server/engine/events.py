"""EventBridge: what reaches a bus, and what a rule's target is to get; who delivers it is ours.

ministack delivers at once, once, without asking the target's policy, and to its own account alone.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.resource_policies import add_resource_policies

_log = logging.getLogger(__name__)

_HOPS = "_MlopsStagesSenders"
"""In ministack's record of an event: the accounts that have sent it on to others."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An event that matched a rule (or was due by its schedule), for one of the rule's targets."""

    account: str
    region: str
    rule: str
    bus: str
    rule_arn: str
    target: Mapping[str, Any]
    payload: str
    """What the target is to get: the event, or what the target's input makes of it."""

    event: str
    """The event as it is, JSON."""

    record: Mapping[str, Any]
    """ministack's own of it."""

    @property
    def arn(self) -> str:
        """The target's."""
        return str(self.target.get("Arn", ""))

    @property
    def was_sent_on(self) -> bool:
        """Whether the event has come from another account."""
        return bool(self.record.get(_HOPS))


Deliver = Callable[[Delivery], None]
"""Takes a delivery, and returns at once: it may be called on the event loop."""


def put_service_event(source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]) -> None:
    """Put an event of `source` ("aws.sagemaker") on the default bus of the account and region being served.

    What its targets do with it is their own affair: their faults are logged, never raised.
    """
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Resources": list(resources),
        "Detail": json.dumps(detail, default=str),
    }
    try:
        ministack.eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:  # whatever a target of a rule raises must not undo what the event tells of
        _log.exception("%s could not be delivered", detail_type)


def send_on(delivery: Delivery) -> bool:
    """Put a delivery's event on the bus that is its target, as it is; False where there is no such bus."""
    account, region, bus = _bus_of(delivery.arn)
    with ministack.within(account, region):
        ministack.eventbridge._ensure_default_bus()
        if bus not in ministack.eventbridge._event_buses:
            return False
        record = copy.deepcopy(dict(delivery.record))
        record["EventBusName"] = bus
        if account != delivery.account:
            record[_HOPS] = [*listed(record.get(_HOPS)), delivery.account]
            record.pop("_DispatchPath", None)
        else:
            rule = ministack.eventbridge._rule_key(delivery.rule, delivery.bus)
            record["_DispatchPath"] = [*listed(record.get("_DispatchPath")), rule]
        ministack.eventbridge._dispatch_event(record)
        ministack.eventbridge._archive_event(record)
    return True


def bus_policy(arn: str) -> str | None:
    """Return the policy of a bus, "" where it has none; None where there is no such bus."""
    account, region, bus = _bus_of(arn)
    with ministack.within(account, region):
        ministack.eventbridge._ensure_default_bus()
        if bus not in ministack.eventbridge._event_buses:
            return None
        found = ministack.eventbridge._event_bus_policies.get(bus)
    return json.dumps(found) if found else ""


def _bus_of(arn: str) -> tuple[str, str, str]:
    parts = arn.split(":", 5)
    return parts[4], parts[3], parts[5].partition("/")[2]


def _policy_of(arn: str) -> tuple[str | None, str] | None:
    if ":event-bus/" not in arn or arn.count(":") != 5:
        return None
    policy = bus_policy(arn)
    return None if policy is None else (policy or None, arn.split(":")[4])


def mend_events(deliver: Deliver) -> None:
    """Give `deliver` what rules match, and let PutEvents reach the buses of other accounts, once."""
    bridge = ministack.eventbridge
    if getattr(bridge, "events_mended_by_mlops_stages", False):
        return
    bridge.events_mended_by_mlops_stages = True
    put: Callable[..., Any] = ministack.eventbridge._put_events

    def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:  # noqa: ANN401
        deliver(_delivery(target, event, rule, view))

    def put_events(data: dict[str, Any], allow_aws_source: bool = False) -> Any:  # noqa: ANN401
        """Put each entry on its own bus; those of other accounts have let the caller by then."""
        entries = listed(data.get("Entries"))
        own = (ministack.account(), ministack.region())
        foreign = [number for number, entry in enumerate(entries) if _is_foreign(mapping(entry), own)]
        if not foreign or len(entries) > _MOST_ENTRIES:
            return put(data, allow_aws_source)
        results: list[dict[str, Any]] = []
        for number, entry in enumerate(entries):
            if number in foreign:
                results.append(_put_foreign(put, mapping(entry), own))
            else:
                answered = put({**data, "Entries": [entry]}, allow_aws_source)
                results.extend(json.loads(answered[2])["Entries"])
        failed = sum("ErrorCode" in result for result in results)
        return ministack.responses.json_response({"FailedEntryCount": failed, "Entries": results})

    ministack.eventbridge._invoke_target = invoke_target
    ministack.eventbridge._put_events = put_events
    add_resource_policies("events", _policy_of)


_MOST_ENTRIES = 10


def _is_foreign(entry: Mapping[str, Any], own: tuple[str, str]) -> bool:
    name = str(entry.get("EventBusName") or "")
    return name.startswith("arn:") and name.count(":") == 5 and _bus_of(name)[:2] != own and ":event-bus/" in name


def _put_foreign(put: Callable[..., Any], entry: Mapping[str, Any], own: tuple[str, str]) -> dict[str, Any]:
    """Put an entry on another account's bus; the event says whose it is."""
    arn = str(entry["EventBusName"])
    account, region, bus = _bus_of(arn)
    if region != own[1] or bus_policy(arn) is None:
        return {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": f"Event bus {arn} does not exist."}
    dispatch: Callable[..., None] = ministack.eventbridge._dispatch_event
    refused = mapping(json.loads(put({"Entries": [{**entry, "EventBusName": _NOWHERE}]})[2])["Entries"][0])
    if "ErrorCode" in refused:
        return refused
    record = {
        "EventId": refused["EventId"],
        "Source": entry.get("Source", ""),
        "DetailType": entry.get("DetailType", ""),
        "Detail": entry.get("Detail", "{}"),
        "EventBusName": bus,
        "Time": int(ministack.eventbridge._now_ts()),
        "Resources": entry.get("Resources", []),
        "Account": own[0],
        "Region": own[1],
        _HOPS: [own[0]],
    }
    with ministack.within(account, region):
        dispatch(record)
        ministack.eventbridge._archive_event(record)
    return {"EventId": refused["EventId"]}


_NOWHERE = "mlops-stages-nowhere"
"""A bus that has no rules: ministack judges an entry by itself there."""


def _delivery(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any) -> Delivery:  # noqa: ANN401
    seen = view or ministack.eventbridge._pattern_event_view(event)
    whole = seen.event_with_detail()
    return Delivery(
        account=ministack.account(),
        region=ministack.region(),
        rule=str(rule.get("Name", "")),
        bus=str(rule.get("EventBusName") or "default"),
        rule_arn=str(rule.get("Arn", "")),
        target=dict(target),
        payload=_payload(target, rule, seen, whole),
        event=json.dumps(whole),
        record=event,
    )


def _payload(target: Mapping[str, Any], rule: Mapping[str, Any], seen: Any, whole: Mapping[str, Any]) -> str:  # noqa: ANN401
    if target.get("InputTransformer"):
        made: str = ministack.eventbridge._apply_input_transformer(target["InputTransformer"], rule, seen)
        return made
    if target.get("Input"):
        return str(target["Input"])
    found: Any = whole
    for part in str(target.get("InputPath") or "$").removeprefix("$").split("."):
        if part:
            found = mapping(found).get(part)
    return json.dumps(whole if found is None else found)
