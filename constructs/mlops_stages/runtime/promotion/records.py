"""What goes to the model's ledger: sent to its queue, each event once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from mlops_stages.runtime.ledger.kinds import RELEASED_BY_RULE, RULE
from mlops_stages.runtime.ledger.records import Entry, read_entry

from .calls import Call
from .events import read_time, told
from .identities import Person
from .promotion import Promotion, Release
from .settings import PRODUCTION

_LONGEST_TEXT = 500


def send(promotion: Promotion, kind: str, event: str, at: str, body: Mapping[str, Any]) -> None:
    """Send a record; of the same event, the ledger keeps one. LedgerError for an entry that is not valid.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
    """
    settings = promotion.settings
    entry = Entry(kind=kind, event=event, at=at, body={name: each for name, each in body.items() if each is not None})
    message = entry.to_message()
    read_entry(message.encode(), settings.name)  # what its writer would refuse is refused here
    promotion.aws.client("sqs").send_message(
        QueueUrl=settings.ledger_queue,
        MessageBody=message,
        MessageGroupId=settings.model,
        MessageDeduplicationId=hashlib.sha256(event.encode()).hexdigest(),
    )


def trained(promotion: Promotion, described: Mapping[str, Any], digests: Mapping[str, str], who: Person) -> None:
    """That a version was registered by its pipeline."""
    said, arn = described["CustomerMetadataProperties"], str(described["ModelPackageArn"])
    body = {
        "package_arn": arn,
        "execution_arn": said["execution"],
        "commit": said["commit"],
        "code_sha256": said["code-sha256"],
        "dataset_sha256": said["dataset-manifest-sha256"],
        "digests": digests,
        "who": who.who(),
    }
    send(promotion, "trained", f"trained/{arn}", _created(described, promotion), body)


def decided(
    promotion: Promotion,
    version: int,
    environment: str,
    *,
    approved: bool,
    at: str,
    who: Person,
    digests: Mapping[str, str],
    result_sha256: str | None = None,
    reason: str | None = None,
) -> None:
    """That a version was approved for an environment, or rejected."""
    arn = promotion.settings.package_arn(version)
    kind = "approved" if approved else "rejected"
    body: dict[str, Any] = {"package_arn": arn, "for": environment, "reason": text(reason), "who": who.who()}
    if approved:
        body |= {"digests": digests, "result_sha256": result_sha256}
    send(promotion, kind, f"{kind}/{environment}/{at}/{arn}", at, body)


def released_by_rule(
    promotion: Promotion, release: Release, alone: Mapping[str, Any], approved: Mapping[str, Any]
) -> None:
    """That a version goes to production without a second approval: by which rule, and on what evidence."""
    settings = promotion.settings
    arn = settings.package_arn(release.version)
    body = {
        "package_arn": arn,
        "for": PRODUCTION,
        "rule": RULE,
        "risk": alone["risk"],
        "execution_arn": alone["execution"],
        "champion_package_arn": settings.package_arn(int(alone["champion"])),
        "figure": text(alone["figure"]),
        "judged_at": alone["judged_at"],
        "approved_by": approved["who"],
        "approved_at": approved["at"],
        "digests": approved["digests"],
        "result_sha256": alone["result_sha256"],
    }
    send(promotion, RELEASED_BY_RULE, f"{RELEASED_BY_RULE}/{release.attempt}/{arn}", str(alone["at"]), body)


def called(promotion: Promotion, call: Call) -> None:
    """Who changed a version in the registry, as CloudTrail has it."""
    for decision in call.decisions:
        who = {**call.who.who(), "cloudtrail_event": call.event}
        body = {"package_arn": call.package_arn, "decision": decision, "who": who}
        send(promotion, "called", f"called/{call.event}/{decision}", call.at, body)


def evaluated(
    promotion: Promotion, release: Release, *, passed: bool, result_sha256: str, digests: Mapping[str, str], at: str
) -> None:
    """What staging's tests said."""
    arn = promotion.settings.package_arn(release.version)
    body = {
        "package_arn": arn,
        "environment": "staging",
        "passed": passed,
        "result_sha256": result_sha256,
        "digests": digests,
    }
    send(promotion, "evaluated", f"evaluated/staging/{release.attempt}/{arn}", at, body)


def deployed(
    promotion: Promotion, release: Release, environment: str, configuration: str, digests: Mapping[str, str], at: str
) -> None:
    """That a version serves."""
    arn = promotion.settings.package_arn(release.version)
    body = {"package_arn": arn, "environment": environment, "configuration": configuration, "digests": digests}
    send(promotion, "deployed", f"deployed/{environment}/{release.attempt}/{arn}", at, body)


def failed(promotion: Promotion, release: Release, environment: str, configuration: str, reason: str, at: str) -> None:
    """That a version did not come to serve."""
    arn = promotion.settings.package_arn(release.version)
    body = {
        "package_arn": arn,
        "environment": environment,
        "configuration": configuration,
        "reason": text(reason) or "?",
    }
    send(promotion, "deployment-failed", f"deployment-failed/{environment}/{release.attempt}/{arn}", at, body)


def rolled_back(
    promotion: Promotion,
    release: Release,
    *,
    to: int,
    away_from: int,
    configuration: str,
    cause: str,
    reason: str,
    at: str,
    who: Mapping[str, str] | None = None,
) -> None:
    """That another version serves in production again."""
    settings = promotion.settings
    body = {
        "package_arn": settings.package_arn(to),
        "environment": "production",
        "configuration": configuration,
        "from_package_arn": settings.package_arn(away_from),
        "cause": cause,
        "reason": text(reason),
        "who": who,
    }
    send(promotion, "rolled-back", f"rolled-back/production/{release.name}/{settings.package_arn(to)}", at, body)


def text(value: object) -> str | None:
    """A text as a record takes one; None for nothing."""
    plain = "".join(each for each in str(value or "") if each.isprintable()).strip()
    return plain[:_LONGEST_TEXT] or None


def _created(described: Mapping[str, Any], promotion: Promotion) -> str:
    time = read_time(described.get("CreationTime"))
    return promotion.at() if time is None else told(time)
