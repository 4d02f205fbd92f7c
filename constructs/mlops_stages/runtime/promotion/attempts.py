"""What is remembered of a version: its first approval, each attempt to release it, and what serves where."""

from __future__ import annotations

from typing import Any

from . import history
from .codes import PromotionError
from .promotion import Promotion, Release
from .store import Content, change

STARTED, WAITING, RELEASING, DEPLOYED, FAILED = "started", "waiting", "releasing", "deployed", "failed"
"""What an attempt is at. Whether it still runs, only its execution says."""


def approval_key(version: int) -> str:
    """The item of a version's first approval."""
    return f"approval#{version:09d}"


def attempt_key(version: int, attempt: int) -> str:
    """The item of an attempt."""
    return f"attempt#{version:09d}#{attempt:06d}"


def serving_key(environment: str) -> str:
    """The item of what serves in an environment."""
    return f"serving#{environment}"


def approval_of(promotion: Promotion, version: int) -> Content:
    """The first approval of a version. Error: PRM-031."""
    held = promotion.store.get(approval_key(version))
    if held is None:
        raise PromotionError("PRM-031", f"{promotion.settings.name} v{version}", "its approval is not in the table")
    return held.content


def attempt_of(promotion: Promotion, release: Release) -> Content:
    """An attempt. Error: PRM-031."""
    held = promotion.store.get(attempt_key(release.version, release.attempt))
    if held is None:
        raise PromotionError("PRM-031", f"{promotion.settings.name} {release.name}", "it is not in the table")
    return held.content


def note(promotion: Promotion, release: Release, **more: Any) -> Content:  # noqa: ANN401 - JSON
    """Add to what is remembered of an attempt; None takes a field away. Error: PRM-031."""

    def by(content: Content | None) -> Content:
        if content is None:
            raise PromotionError("PRM-031", f"{promotion.settings.name} {release.name}", "it is not in the table")
        if "status" in more and more["status"] != content.get("status"):
            content["since"] = promotion.at()
        return {name: value for name, value in {**content, **more}.items() if value is not None}

    return change(promotion.store, attempt_key(release.version, release.attempt), by)


def attempts(promotion: Promotion, version: int | None = None) -> list[Content]:
    """All attempts, of one version or of all, in order."""
    prefix = "attempt#" if version is None else f"attempt#{version:09d}#"
    return [held.content for _, held in promotion.store.find(prefix)]


def release_of(content: Content) -> Release:
    """The release that an attempt is of."""
    return Release(action=content["action"], version=int(content["version"]), attempt=int(content["attempt"]))


def served(promotion: Promotion) -> list[Content]:
    """The attempts that have reached production, the latest first."""
    return history.served(attempts(promotion))


def serving(promotion: Promotion, environment: str) -> Content | None:
    """What was last verified to serve in an environment."""
    held = promotion.store.get(serving_key(environment))
    return None if held is None else held.content


def now_serving(promotion: Promotion, environment: str, release: Release, configuration: str) -> None:
    """Remember what serves in an environment."""
    wanted: Content = {
        "version": release.version,
        "attempt": release.attempt,
        "configuration": configuration,
        "at": promotion.at(),
    }

    def by(content: Content | None) -> Content:
        # The same again keeps its time.
        same = content is not None and content.get("configuration") == configuration
        return {**wanted, "at": content["at"]} if same and content is not None else wanted

    change(promotion.store, serving_key(environment), by)
