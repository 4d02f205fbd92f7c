"""What the states of the machine do: each a step that may be made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from . import change_sets, digests, locks, records, verification
from .attempts import (
    DEPLOYED,
    WAITING,
    approval_of,
    attempt_key,
    attempt_of,
    attempts,
    note,
    now_serving,
    serving,
)
from .codes import PromotionError
from .decisions import answer
from .events import APPROVED, read_time
from .evidence import checksum, refuse_changed_result
from .failing import failed
from .history import is_by_one_approval
from .notices import tell
from .one_approval import one_approval, refuse_without_evidence
from .promotion import Promotion, Release, read_release
from .settings import PRODUCTION, STAGING
from .store import Content, change
from .trying import tried
from .trying_batch import tried_by_jobs

Answer = dict[str, Any]


def perform(promotion: Promotion, asked: Mapping[str, Any]) -> Answer:
    """Do what a state asks for: `task`, the `release` it is of, and what else the task takes. Error: PRM-001."""
    task = TASKS.get(str(asked.get("task")))
    given: Any = asked.get("release")
    if task is None or not isinstance(given, dict):
        raise PromotionError("PRM-001", "state", f"{asked.get('task')!r} is no task")
    return task(promotion, read_release(cast("dict[str, Any]", given)), asked)


def check(promotion: Promotion, release: Release, _asked: Mapping[str, Any]) -> Answer:
    """Look whether the version is approved, and is what was approved, to the byte. Errors: PRM-004, PRM-020 to 022."""
    where = f"{promotion.settings.name} v{release.version}"
    described, approved = promotion.describe(release.version), approval_of(promotion, release.version)
    if described.get("ModelApprovalStatus") != APPROVED:
        raise PromotionError("PRM-004", where, f"it is {described.get('ModelApprovalStatus')}")
    found, _ = digests.computed(described, promotion.settings, promotion.aws)
    digests.refuse_others(where, found, approved["digests"])
    attempt = attempt_of(promotion, release)
    second = attempt.get("second")
    if second is not None:
        refuse_changed_result(attempt, where, str(second["result_sha256"]))
    return {"checked": found.to_dict()}


def check_again(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """The same before production, where the second approval must be there, or what makes it needless.

    Errors: PRM-022, PRM-064, and those of `check`.
    """
    attempt = attempt_of(promotion, release)
    if is_by_one_approval(attempt):
        refuse_without_evidence(promotion, release)
    elif "second" not in attempt:
        raise PromotionError("PRM-022", f"{promotion.settings.name} {release.name}", "nobody released it")
    return check(promotion, release, asked)


def lock(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Take an environment for this attempt. LockHeldError where another has it.

    Whatever had production before may have changed what serves, which an attempt without a second approval goes by:
    PRM-064.
    """
    attempt = attempt_of(promotion, release)
    locks.take(promotion.store, promotion.aws, _environment(asked), str(attempt["execution"]), promotion.at())
    note(promotion, release, environment=_environment(asked))
    if _environment(asked) == PRODUCTION and is_by_one_approval(attempt):
        refuse_without_evidence(promotion, release)
    return {}


def create(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Make the change set."""
    environment = _environment(asked)
    since = dict[str, str](attempt_of(promotion, release).get("since_by_place", {}))
    if environment not in since:
        note(promotion, release, since_by_place={**since, environment: promotion.at()})
    change_sets.create(promotion, environment, release)
    return {}


def describe(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Look at the change set: `pending`, `ready` or `empty`. Error: PRM-044, and those of `change_sets.describe`."""
    return _within_time(promotion, release, asked, change_sets.describe(promotion, _environment(asked), release))


def execute(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Execute it; from here on, something of the environment may change."""
    note(promotion, release, touched=_environment(asked))
    change_sets.execute(promotion, _environment(asked), release)
    return {}


def progress(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Look at the stack: `running` or `done`. Errors: PRM-043, PRM-044."""
    return _within_time(promotion, release, asked, change_sets.progress(promotion, _environment(asked), release))


def verify(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """See that the endpoint serves the release: `running` or `done`. Errors: PRM-044, PRM-045."""
    environment = _environment(asked)
    configuration = verification.configuration(promotion, environment, release)
    if configuration is None:
        return _within_time(promotion, release, asked, "running")
    if environment == STAGING:
        now_serving(promotion, environment, release, configuration)
    return {"status": "done", "configuration": configuration}


def test(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Test the version in staging, and keep what the tests say; once: `running`, or `done`."""
    attempt = attempt_of(promotion, release)
    if "result" not in attempt:
        is_batch = promotion.settings.staging.schedule is not None
        result = tried_by_jobs(promotion, release) if is_batch else tried(promotion, release, _entered(asked))
        if result is None:
            return {"status": "running"}
        note(promotion, release, result=result, result_sha256=checksum(result), tested_at=promotion.at())
    return {"status": "done", "passed": attempt_of(promotion, release)["result"]["passed"]}


def record(promotion: Promotion, release: Release, _asked: Mapping[str, Any]) -> Answer:
    """Put the result into the ledger; end the promotion of what did not pass, with the first finding's code."""
    attempt, approved = attempt_of(promotion, release), approval_of(promotion, release.version)
    result = attempt["result"]
    records.evaluated(
        promotion,
        release,
        passed=bool(result["passed"]),
        result_sha256=str(attempt["result_sha256"]),
        digests=approved["digests"],
        at=str(attempt["tested_at"]),
    )
    if not result["passed"]:
        code, _, rest = str(result["findings"][0]).partition(" ")
        where, _, message = rest.partition(": ")
        raise PromotionError(code, f"staging: {where}", f"{message}; {result['wrong']} findings in all")
    return {}


def wait(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Keep the token by which a decision lets the machine go on, and tell who may decide."""
    settings = promotion.settings
    if {"second", "rejected"} & attempt_of(promotion, release).keys():
        # Decided while this was made again, with another token.
        answer(promotion, note(promotion, release, token=str(asked["token"])))
        return {}
    attempt = note(promotion, release, token=str(asked["token"]), status=WAITING)
    approved = approval_of(promotion, release.version)
    name = f"{settings.name} --version {release.version}"
    tell(
        promotion,
        f"waits#{release.name}",
        f"v{release.version} waits to be released",
        [
            f"Version {release.version} passed its tests in staging.",
            f"Its commit is by {approved['author']}, its run was started by {approved['starter']}, and it was",
            f"approved by {approved['who']['source_identity']}: none of them can release it.",
            f"Result (SHA-256 {attempt['result_sha256']}):",
            *(f"  {line}" for line in _summary(attempt["result"])),
            *_needs_second(attempt),
            "",
            f"Release it: mlops-stages approve {name} --for production",
        ],
    )
    return {}


def _needs_second(attempt: Content) -> list[str]:
    """Why one approval is not enough, where platform.yaml lets it be."""
    why = attempt.get("needs_second")
    return [] if why is None else [f"Its class of risk would take one approval; it needs a second: {why}"]


def _summary(result: Mapping[str, Any]) -> list[str]:
    parts = ("golden", "inputs", "load", "comparison")
    return [
        f"{part}: " + ", ".join(f"{name} {value}" for name, value in result[part].items() if name != "findings")
        for part in parts
        if isinstance(result.get(part), dict)
    ]


def finish(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Record that the release serves production, tell the owner, and give the environments back."""
    configuration = str(asked["configuration"])
    # Kept with the attempt, since what serves is overwritten below, and this may be made again.
    attempt = attempt_of(promotion, release)
    before = None if "deployed_at" in attempt else serving(promotion, PRODUCTION)
    left = attempt.get("left") if before is None else before["version"]
    attempt = note(
        promotion,
        release,
        configuration=configuration,
        left=left,
        deployed_at=attempt.get("deployed_at", promotion.at()),
    )
    at, approved = str(attempt["deployed_at"]), approval_of(promotion, release.version)
    if release.action == "rollback" and left is not None:
        records.rolled_back(
            promotion,
            release,
            to=release.version,
            away_from=int(left),
            configuration=configuration,
            cause="command",
            reason=str(attempt.get("reason") or ""),
            at=at,
            who=attempt.get("asked_by"),
        )
        _leave(promotion, int(left), at)
    else:
        records.deployed(promotion, release, PRODUCTION, configuration, approved["digests"], at)
    now_serving(promotion, PRODUCTION, release, configuration)
    if release.action == "rollback":
        person = dict[str, Any](attempt.get("asked_by") or {}).get("source_identity")
        subject = f"back on v{release.version}"
        why = f"Asked for by {person}: {attempt.get('reason') or 'no reason given'}"
    else:
        subject = f"v{release.version} serves production"
        one = "Its approval, and why it needed no second, are in the ledger."
        why = one if is_by_one_approval(attempt) else "Both approvals are in the ledger."
    tell(
        promotion,
        f"serves#{release.name}",
        subject,
        [
            _serves(promotion, configuration),
            why,
            "",
            f"Go back: mlops-stages rollback {promotion.settings.name}",
        ],
    )
    note(promotion, release, status=DEPLOYED, token=None)
    return unlock(promotion, release, asked)


def _serves(promotion: Promotion, configuration: str) -> str:
    place = promotion.settings.production
    if place.schedule is None:
        return f"The endpoint {place.endpoint} serves with {configuration}."
    return f"The next run of the schedule {place.schedule} is by {configuration}."


def _leave(promotion: Promotion, version: int, at: str) -> None:
    """Note of a version's attempts that somebody went back from it."""
    for each in attempts(promotion, version):
        if "deployed_at" in each and "left_at" not in each and str(each["deployed_at"]) < at:
            key = attempt_key(version, int(each["attempt"]))

            def by(content: Content | None, now: Content = each) -> Content:
                return {**(now if content is None else content), "left_at": at}

            change(promotion.store, key, by)


def unlock(promotion: Promotion, release: Release, _asked: Mapping[str, Any]) -> Answer:
    """Give the environments back."""
    execution = str(attempt_of(promotion, release)["execution"])
    for environment in (STAGING, PRODUCTION):
        locks.free(promotion.store, environment, execution)
    return {}


def fail(promotion: Promotion, release: Release, asked: Mapping[str, Any]) -> Answer:
    """Record and tell why it failed, and give the environments back."""
    failed(promotion, release, asked.get("failure") or {})
    return unlock(promotion, release, asked)


def _within_time(promotion: Promotion, release: Release, asked: Mapping[str, Any], status: str) -> Answer:
    """A status, unless it has been waited for too long. Error: PRM-044."""
    place = _environment(asked)
    began = attempt_of(promotion, release).get("since_by_place", {}).get(place)
    longest = timedelta(minutes=promotion.settings.longest_minutes)
    waits = status in ("pending", "running") and began is not None
    if waits and promotion.now() - datetime.fromisoformat(str(began)) > longest:
        stack = promotion.settings.environment(place).stack
        raise PromotionError("PRM-044", stack, f"it is {status} since {began}, for more than {longest}")
    return {"status": status}


def _entered(asked: Mapping[str, Any]) -> datetime:
    """When the state was entered. Error: PRM-001."""
    found = read_time(asked.get("at"))
    if found is None:
        raise PromotionError("PRM-001", "state.at", f"{asked.get('at')!r} is no time")
    return found


def _environment(asked: Mapping[str, Any]) -> str:
    name = asked.get("environment")
    if name not in (STAGING, PRODUCTION):
        raise PromotionError("PRM-001", "state.environment", f"{name!r} is no environment")
    return str(name)


Task = Callable[[Promotion, Release, Mapping[str, Any]], Answer]

TASKS: Mapping[str, Task] = {
    "check": check,
    "check-again": check_again,
    "lock": lock,
    "create": create,
    "describe": describe,
    "execute": execute,
    "progress": progress,
    "verify": verify,
    "test": test,
    "record": record,
    "one-approval": one_approval,
    "wait": wait,
    "finish": finish,
    "fail": fail,
}
"""The tasks by the names that states use."""
