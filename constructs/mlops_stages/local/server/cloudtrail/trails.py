"""What trails record and where it goes: the event history, log files in buckets, log groups, metric filters."""

from __future__ import annotations

import datetime
import gzip
import json
import logging
import secrets
import string
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.cloudtrail.events import Event
from mlops_stages.local.server.logs.metric_filters import count_matches

Call = Callable[..., dict[str, Any]]
"""Calls an API of one account and region: `call(account, region, service, operation, **parameters)`."""

Put = Callable[[str, str, str, bytes, Mapping[str, str]], None]
"""Puts an object: `put(account, region, "bucket/key", body, headers)`."""

Tell = Callable[[str, str, Event], None]
"""Puts an event of an account and region on its default bus: `tell(account, region, event)`."""

KEPT = 5000
"""Events that an account's history keeps, and that may wait for delivery."""

PAGE = 50

_log = logging.getLogger(__name__)


class Trails:
    """The events of all accounts."""

    def __init__(self, call: Call, put: Put, tell: Tell) -> None:
        self._call = call
        self._put = put
        self._tell = tell
        self._history: dict[str, deque[Event]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._waiting: dict[str, deque[Event]] = defaultdict(lambda: deque(maxlen=KEPT))

    def record(self, event: Event) -> None:
        """Take an event; management events can be looked up at once, trails get theirs with the next delivery."""
        account = str(event["recipientAccountId"])
        if event["managementEvent"]:
            self._history[account].append(event)
        self._waiting[account].append(event)

    def lookup(self, account: str, region: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer LookupEvents: the account's management events in the region, newest first."""
        wanted = {item["AttributeKey"]: item["AttributeValue"] for item in listed(asked.get("LookupAttributes"))}
        since, until = asked.get("StartTime"), asked.get("EndTime")
        found = [
            described
            for event in reversed(self._history[account])
            if event["awsRegion"] == region
            and _within((described := _described(event))["EventTime"], since, until)
            and all(_is(event, described, key, value) for key, value in wanted.items())
        ]
        start = int(asked.get("NextToken") or 0)
        size = min(int(asked.get("MaxResults") or PAGE), PAGE)
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return {"Events": found[start : start + size], **more}

    def waiting(self) -> bool:
        """Say whether an event waits for delivery."""
        return any(self._waiting.values())

    def deliver(self) -> None:
        """Hand every waiting event to the trails that want it; what no trail wants is dropped, as on AWS."""
        for account, events in list(self._waiting.items()):
            taken = [events.popleft() for _ in range(len(events))]
            by_region: dict[str, list[Event]] = defaultdict(list)
            for event in taken:
                by_region[str(event["awsRegion"])].append(event)
            for region, found in by_region.items():
                try:
                    self._deliver(account, region, found)
                except (refusals.ClientError, refusals.BotoCoreError, OSError) as error:
                    _log.warning("a trail of %s could not be delivered: %s", account, error)

    def _deliver(self, account: str, region: str, events: list[Event]) -> None:
        told: dict[str, Event] = {}
        for trail in self._call(account, region, "cloudtrail", "describe_trails")["trailList"]:
            home, name = str(trail["HomeRegion"]), str(trail["Name"])
            if not self._call(account, home, "cloudtrail", "get_trail_status", Name=name)["IsLogging"]:
                continue
            selectors = self._call(account, home, "cloudtrail", "get_event_selectors", TrailName=name)
            wanted = [event for event in events if selected(selectors, event)]
            if wanted:
                self._write_file(account, region, trail, wanted)
                if trail.get("CloudWatchLogsLogGroupArn"):
                    self._write_logs(account, home, trail, wanted)
                # EventBridge hears each call once, however many trails there are, and of none that only reads.
                told |= {str(e["eventID"]): e for e in wanted if e["managementEvent"] and not e["readOnly"]}
        for event in told.values():
            self._tell(account, region, event)

    def _write_file(self, account: str, region: str, trail: Mapping[str, Any], events: list[Event]) -> None:
        now = datetime.datetime.now(tz=datetime.UTC)
        unique = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))
        prefix = f"{trail['S3KeyPrefix']}/" if trail.get("S3KeyPrefix") else ""
        key = (
            f"{prefix}AWSLogs/{account}/CloudTrail/{region}/{now:%Y/%m/%d}/"
            f"{account}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{unique}.json.gz"
        )
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        if trail.get("KmsKeyId"):
            headers["x-amz-server-side-encryption"] = "aws:kms"
            headers["x-amz-server-side-encryption-aws-kms-key-id"] = str(trail["KmsKeyId"])
        body = gzip.compress(json.dumps({"Records": events}).encode())
        self._put(account, str(trail["HomeRegion"]), f"{trail['S3BucketName']}/{key}", body, headers)

    def _write_logs(self, account: str, region: str, trail: Mapping[str, Any], events: list[Event]) -> None:
        group = str(trail["CloudWatchLogsLogGroupArn"]).split(":")[6]
        stream = f"{account}_CloudTrail_{region}"
        now = int(datetime.datetime.now(tz=datetime.UTC).timestamp() * 1000)
        messages = [json.dumps(event) for event in events]
        lines = [{"timestamp": now, "message": message} for message in messages]
        named = {"logGroupName": group, "logStreamName": stream}
        try:
            self._call(account, region, "logs", "put_log_events", **named, logEvents=lines)
        except refusals.ClientError as error:
            if refusals.code(error) != "ResourceNotFoundException":
                raise
            self._call(account, region, "logs", "create_log_stream", **named)
            self._call(account, region, "logs", "put_log_events", **named, logEvents=lines)
        count_matches(self._call, account, region, group, messages)


def selected(selectors: Mapping[str, Any], event: Event) -> bool:
    """Say whether a trail's event selectors, of either kind, want an event."""
    advanced = listed(selectors.get("AdvancedEventSelectors"))
    if advanced:
        return any(
            all(_field_wanted(field, event) for field in listed(selector.get("FieldSelectors")))
            for selector in advanced
        )
    return any(_basic_wanted(selector, event) for selector in listed(selectors.get("EventSelectors")))


def _basic_wanted(selector: Mapping[str, Any], event: Event) -> bool:
    kind = selector.get("ReadWriteType", "All")
    if kind != "All" and (kind == "ReadOnly") != event["readOnly"]:
        return False
    if event["managementEvent"]:
        excluded = listed(selector.get("ExcludeManagementEventSources"))
        return selector.get("IncludeManagementEvents", True) and event["eventSource"] not in excluded
    found = [(item.get("type"), item["ARN"]) for item in event["resources"]]
    return any(
        type_ == resource.get("Type") and any(arn.startswith(value) for value in listed(resource.get("Values")))
        for resource in listed(selector.get("DataResources"))
        for type_, arn in found
    )


def _field_wanted(field: Mapping[str, Any], event: Event) -> bool:
    of_resource = {"resources.type": "type", "resources.ARN": "ARN"}
    name = str(field["Field"])
    if name in of_resource:
        first = mapping(next(iter(event["resources"]), None))
        value = str(first.get(of_resource[name], ""))
    else:
        found = event.get(name, "")
        value = str(found).lower() if isinstance(found, bool) else str(found)
    tests: Mapping[str, Callable[[str], bool]] = {
        "Equals": lambda wanted: value == wanted,
        "StartsWith": value.startswith,
        "EndsWith": value.endswith,
    }
    for operator, test in tests.items():
        if listed(field.get(operator)) and not any(test(str(wanted)) for wanted in field[operator]):
            return False
        if any(test(str(unwanted)) for unwanted in listed(field.get(f"Not{operator}"))):
            return False
    return True


def _described(event: Event) -> dict[str, Any]:
    who = cast("Mapping[str, Any]", event["userIdentity"])
    name = who.get("userName") or str(who["principalId"]).rpartition(":")[2]
    when = datetime.datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": "true" if event["readOnly"] else "false",
        "AccessKeyId": who["accessKeyId"],
        "EventTime": when.timestamp(),
        "EventSource": event["eventSource"],
        "Username": "root" if who["type"] == "Root" else name,
        "Resources": _named(event),
        "CloudTrailEvent": json.dumps(event),
    }


def _named(event: Event) -> list[dict[str, str]]:
    """Return what a call names: its resources, and the parameters that are names, ids or ARNs."""
    said = [
        {"ResourceName": str(item["ARN"]), "ResourceType": str(item.get("type", ""))} for item in event["resources"]
    ]
    for name, value in mapping(event["requestParameters"]).items():
        if isinstance(value, str) and name.lower().endswith(("name", "arn", "id")):
            said.append({"ResourceName": value})
    return said


def _within(when: float, since: float | None, until: float | None) -> bool:
    return (since is None or when >= float(since)) and (until is None or when <= float(until))


def _is(event: Event, described: Mapping[str, Any], key: str, value: str) -> bool:
    if key == "ResourceName":
        return any(item["ResourceName"] == value for item in described["Resources"])
    if key == "ResourceType":
        return any(item.get("ResourceType") == value for item in described["Resources"])
    return described.get(key, event.get(key)) == value
