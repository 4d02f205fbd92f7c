"""Whether a retrained version goes to production with the first approval alone.

platform.yaml says for which classes of risk. The version has to be shown: trained by the model's own retraining, from
the code and the image of the version that serves, found better than that one, and passed by staging. Whatever is not
shown leaves the decision to a second person.

What a version says of itself is not enough, since a step's code can register versions under the pipeline's role. What
retraining remembers of its runs is in a partition of the table that its own role alone writes, and names the version
that SageMaker says the run's step has registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from ..retraining.runs import Run, runs
from . import records
from .attempts import RELEASING, approval_of, attempt_of, attempts, note, serving
from .codes import PromotionError, shown
from .events import read_time
from .evidence import refuse_changed_result
from .identities import STARTER, session_of
from .notices import tell
from .promotion import Promotion, Release
from .settings import PRODUCTION, OneApproval
from .store import Content
from .verification import serves_now

JUDGED_WITHIN = timedelta(days=14)
"""For how long a judgement says something: for about so long the judged decisions are those of the monitors' window."""
ENOUGH, NEEDS_SECOND = "enough", "needs-second"
"""What a state asks for."""
ASKED = {
    "Author": "author",
    "Commit": "commit",
    "DatasetManifestSha256": "dataset-manifest-sha256",
    "DatasetManifestUri": "dataset-manifest",
    "ImageDigest": "image-digest",
    "StartedBy": STARTER,
}
"""Parameters of a run, and the metadata that must have them; of the others, any metadata has the value."""
_SAME = ("author", "code-sha256", "commit", "image-digest")
_OF_A_RUN = frozenset(
    {
        "dataset", "dataset-manifest", "dataset-manifest-sha256", "evaluation", "evaluation-sha256", "execution",
        "model-sha256", "requests", STARTER, "train-before",
    }
)  # fmt: skip
"""The metadata in which two versions of the same code, image and pipeline differ."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What lets a version go on: the class of risk, the run that has trained it, and the version that it follows."""

    risk: str
    run: Run
    champion: int
    result_sha256: str

    def to_dict(self) -> Content:
        """As it is remembered of an attempt."""
        return {
            "risk": self.risk,
            "execution": self.run.execution,
            "day": self.run.day,
            "figure": self.run.said,
            "judged_at": self.run.decided,
            "champion": self.champion,
            "result_sha256": self.result_sha256,
        }


def evidence(promotion: Promotion, release: Release) -> Evidence:
    """What lets a version go on without a second approval. Errors: PRM-022, PRM-060 to PRM-063."""
    rule, where = promotion.settings.one_approval, f"{promotion.settings.name} v{release.version}"
    if rule is None:
        raise PromotionError("PRM-060", where, "platform.yaml lets no version of the model go on with one approval")
    _refuse_tried(promotion, release, where)
    run = _run_of(promotion, release, where)
    described = promotion.describe(release.version)
    _refuse_strangers(described, run, rule, where)
    champion = _champion(promotion, run, where)
    _refuse_other_changes(_metadata(promotion.describe(champion)), _metadata(described), champion, where)
    attempt = attempt_of(promotion, release)
    refuse_changed_result(attempt, where)
    return Evidence(risk=rule.risk, run=run, champion=champion, result_sha256=str(attempt["result_sha256"]))


def one_approval(promotion: Promotion, release: Release, _asked: Mapping[str, Any]) -> dict[str, Any]:
    """Let a version go on without a second approval, record and tell it; or remember why a second is needed.

    Of a version that does not say that retraining has started its run, nobody expects anything else.
    """
    attempt, rule = attempt_of(promotion, release), promotion.settings.one_approval
    if rule is None or _metadata(promotion.describe(release.version)).get(STARTER) != rule.starter:
        return {"status": NEEDS_SECOND}
    try:
        found = evidence(promotion, release).to_dict()
    except PromotionError as error:
        note(promotion, release, needs_second=attempt.get("needs_second", f"{error.code} {error.message}"))
        return {"status": NEEDS_SECOND}
    if "needs_second" in attempt:
        return {"status": NEEDS_SECOND}
    # Made again, it is the same record.
    alone = attempt.get("alone") or {**found, "at": promotion.at()}
    note(promotion, release, alone=alone, status=RELEASING)
    records.released_by_rule(promotion, release, alone, approval_of(promotion, release.version))
    _tell(promotion, release, alone)
    return {"status": ENOUGH}


def refuse_without_evidence(promotion: Promotion, release: Release) -> None:
    """Refuse what went on by one approval, and does not hold any more. Error: PRM-064."""
    where = f"{promotion.settings.name} {release.name}"
    try:
        found = evidence(promotion, release).to_dict()
    except PromotionError as error:
        raise PromotionError("PRM-064", where, f"{error.code} {error.message}") from error
    alone = attempt_of(promotion, release)["alone"]
    differing = [name for name, value in found.items() if alone.get(name) != value]
    if differing:
        raise PromotionError("PRM-064", where, f"{', '.join(differing)} changed since")


def _refuse_tried(promotion: Promotion, release: Release, where: str) -> None:
    """Refuse a version with which production was changed before, or that a person has refused. Error: PRM-063."""
    for each in attempts(promotion, release.version):
        if "rejected" in each:
            raise PromotionError("PRM-063", where, f"{each['rejected']['who']['source_identity']} has refused it")
        if each.get("touched") == PRODUCTION or "deployed_at" in each:
            raise PromotionError("PRM-063", where, f"attempt {each['attempt']} has changed production")


def _run_of(promotion: Promotion, release: Release, where: str) -> Run:
    """The run of retraining that has made a version. Error: PRM-060."""
    try:
        every = [] if promotion.retrained is None else runs(promotion.retrained)
    except (TypeError, ValueError) as error:
        raise PromotionError("PRM-060", where, f"what retraining remembers cannot be read: {error}") from error
    found = [each for each in every if each.version == release.version]
    if len(found) != 1:
        raise PromotionError("PRM-060", where, f"{len(found) or 'no'} runs of retraining have made it")
    return found[0]


def _refuse_strangers(described: Mapping[str, Any], run: Run, rule: OneApproval, where: str) -> None:
    """Refuse a version that the run has not registered, by its own pipeline, as it was asked. Error: PRM-060."""
    said = _metadata(described)
    if not run.has_registered or run.execution is None or not run.token:
        raise PromotionError("PRM-060", where, f"SageMaker does not say that the run of {run.day} has registered it")
    if said.get("execution") != run.execution or said.get(STARTER) != rule.starter:
        told = f"{shown(said.get('execution'))}, started by {shown(said.get(STARTER))}"
        raise PromotionError("PRM-060", where, f"it says that it is of {told}")
    session = session_of(_map(_map(described.get("CreatedBy")).get("IamIdentity")).get("Arn"))
    if session is None or session[:2] != (run.execution.split(":")[4], rule.pipeline_role):
        raise PromotionError("PRM-060", where, f"it was not registered under the role {rule.pipeline_role}")
    values = set(said.values())
    others = [
        name
        for name, value in run.parameters.items()
        if (said.get(ASKED[name]) != value if name in ASKED else value not in values)
    ]
    if others or not ASKED.keys() <= run.parameters.keys():
        raise PromotionError("PRM-060", where, f"the run was asked for others: {', '.join(sorted(others)) or 'none'}")


def _champion(promotion: Promotion, run: Run, where: str) -> int:
    """The version that serves production, if it is the one that the run's version was found better than.

    Error: PRM-062.
    """
    if run.outcome != "better" or run.champion is None or not run.said:
        raise PromotionError("PRM-062", where, f"of the run of {run.day} it is known: {run.outcome or 'nothing'}")
    judged = read_time(run.decided)
    if judged is None or promotion.now() - judged > JUDGED_WITHIN:
        raise PromotionError(
            "PRM-062", where, f"it was judged at {run.decided}, more than {JUDGED_WITHIN.days} days ago"
        )
    now, compared = serving(promotion, PRODUCTION), f"it was compared with v{run.champion}"
    if now is None or int(now["version"]) != run.champion:
        serves = "nothing" if now is None else f"v{now['version']}"
        raise PromotionError("PRM-062", where, f"{compared}, and {serves} serves now")
    if serves_now(promotion, PRODUCTION) != now["configuration"]:
        raise PromotionError("PRM-062", where, f"{compared}, and production serves another configuration now")
    return run.champion


def _refuse_other_changes(old: Mapping[str, Any], new: Mapping[str, Any], champion: int, where: str) -> None:
    """Refuse a version of other code, image, author or settings than the one that serves. Error: PRM-061."""
    missing = [name for name in _SAME if not new.get(name)]
    differing = sorted(name for name in (old.keys() | new.keys()) - _OF_A_RUN if old.get(name) != new.get(name))
    if missing or differing:
        told = ", ".join(shown(name, 63) for name in (*missing, *differing)[:10])
        raise PromotionError("PRM-061", where, f"it differs from v{champion} in: {told}")


def _tell(promotion: Promotion, release: Release, alone: Mapping[str, Any]) -> None:
    settings, approved = promotion.settings, approval_of(promotion, release.version)
    rule = settings.one_approval
    tell(
        promotion,
        f"alone#{release.name}",
        f"v{release.version} goes to production without a second approval",
        [
            f"Retraining has trained it on {alone['day']}, and staging has passed it.",
            f"It was approved by {approved['who']['source_identity']}. The model is of {alone['risk']} risk,",
            "for which platform.yaml asks for one approval of retrained versions (retraining.one_approval).",
            f"On what callers asked, {alone['figure']}.",
            f"Only its data differs from v{alone['champion']}, which serves until it takes over.",
            "",
            f"Go back: mlops-stages rollback {settings.name}",
        ],
        also=() if rule is None else (rule.topic,),
    )


def _metadata(described: Mapping[str, Any]) -> Mapping[str, Any]:
    return _map(described.get("CustomerMetadataProperties"))


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else dict[str, Any]()
