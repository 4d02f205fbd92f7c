"""A promotion that failed: what is recorded, and what its owner is told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from . import records
from .attempts import FAILED, attempt_of, note, serving
from .codes import CODES, PromotionError, shown
from .notices import tell
from .promotion import Promotion, Release
from .settings import PRODUCTION, STAGING
from .verification import serves_now

_CODE = re.compile(r"\bPRM-[0-9]{3}\b")
_TESTS = ("PRM-050", "PRM-051", "PRM-052", "PRM-053", "PRM-054", "PRM-055")
"""What the record of the evaluation says already."""


def failed(promotion: Promotion, release: Release, failure: Mapping[str, Any]) -> None:
    """Record it, and tell the owner what, where, the evidence and the next command."""
    settings = promotion.settings
    attempt = attempt_of(promotion, release)
    code, reason = reason_of(failure)
    attempt = note(promotion, release, failure=reason, failed_at=attempt.get("failed_at", promotion.at()))
    at = str(attempt["failed_at"])
    touched = attempt.get("touched")
    back = _gone_back(promotion, release, code, reason) if touched == PRODUCTION else None
    if back is not None:
        version, configuration = back
        records.rolled_back(
            promotion,
            release,
            to=version,
            away_from=release.version,
            configuration=configuration,
            cause="alarm",
            reason=reason,
            at=at,
        )
    elif code not in _TESTS and code != "PRM-034":
        where = str(touched or attempt.get("environment") or STAGING)
        records.failed(promotion, release, where, release.config_name(settings, where), reason, at)
    serves = serving(promotion, PRODUCTION)
    tell(
        promotion,
        f"failed#{release.name}",
        f"v{release.version} went back" if back is not None else f"v{release.version} did not reach production",
        [
            reason,
            "",
            f"Production: {'nothing serves' if serves is None else 'v' + str(serves['version']) + ' serves'}",
            *([] if touched != PRODUCTION else [f"{_subject(promotion)} {serves_now(promotion, PRODUCTION)}"]),
            f"Execution: {attempt['execution']}",
            *([] if "result_sha256" not in attempt else [f"Result of staging (SHA-256): {attempt['result_sha256']}"]),
            "",
            f"Next: {CODES[code].fix if code in CODES else 'See the execution and the log of its functions.'}",
            f"Again: mlops-stages promote {settings.name} --version {release.version}",
        ],
    )
    note(promotion, release, status=FAILED, token=None)


def _subject(promotion: Promotion) -> str:
    has_endpoint = promotion.settings.production.schedule is None
    return "Its endpoint is in service with" if has_endpoint else "The next run of its schedule is by"


def reason_of(failure: Mapping[str, Any]) -> tuple[str, str]:
    """The code of a failure that a state caught, and its reason in words."""
    error, cause = str(failure.get("Error", "")), str(failure.get("Cause", ""))
    try:
        said = json.loads(cause)
        message = str(said["errorMessage"])
    except (ValueError, TypeError, KeyError):
        message = cause
    if error in ("States.Timeout", "States.HeartbeatTimeout") and not _CODE.search(message):
        message = str(PromotionError("PRM-033", "release", "nobody decided within the time that a promotion waits"))
    found = _CODE.search(message)
    return ("" if found is None else found[0]), shown(message or error or "it failed without a reason", 480)


def _gone_back(promotion: Promotion, release: Release, code: str, reason: str) -> tuple[int, str] | None:
    """The version that serves production again, and its configuration, if an alarm brought it back."""
    before, now = serving(promotion, PRODUCTION), serves_now(promotion, PRODUCTION)
    if before is None or now is None or now != before["configuration"] or int(before["version"]) == release.version:
        return None
    return (int(before["version"]), now) if code == "PRM-045" or "alarm" in reason.casefold() else None
