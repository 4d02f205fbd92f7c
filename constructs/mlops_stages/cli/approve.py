"""`mlops-stages approve`: one of the two decisions about a version of a model, made about bytes, not about a number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from mlops_stages.cli.callers import SESSION, Caller, decider
from mlops_stages.cli.common import for_shell, read
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.local.client.model_runs.packages import Registered, Registry
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.local.client.model_runs.run import registry_through
from mlops_stages.platform import Duty, Model, Platform, Risk, Team
from mlops_stages.runtime.promotion.overview import overview
from mlops_stages.runtime.promotion.store import DynamoStore
from mlops_stages.runtime.registered_model import code_checksum
from mlops_stages.terminal import one_line, say

Target = Literal["staging", "production"]
PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
PRODUCTION = "Production"
LONGEST_REASON = 900
"""Characters; SageMaker takes 1024 in a description, and who and when stand beside the reason."""

_DUTIES: Mapping[Target, Duty] = {"staging": Duty.APPROVE, "production": Duty.RELEASE}
_AUTHOR, _STARTER = "author", "started-by"
_ALONE = (
    "This one decision brings the version to production: the model is of {risk} risk, and retraining has trained it. "
    "Once staging has passed it, nobody else is asked, unless something but its data differs from what serves by then."
)
"""Said before the decision is made."""
_TRAIN = "train the model: its pipeline registers a version"
_DIGESTS = ("model-sha256", "image-digest", "evaluation-sha256", "code-sha256", "dataset-manifest-sha256")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be decided: of which version (the one that waits, if None), where to, and why."""

    name: str
    version: int | None = None
    reject: bool = False
    target: Target = "staging"
    reason: str | None = None
    person: str | None = None
    repository: Path | None = None


@dataclass(frozen=True)
class Decided:
    """A decision that was made: for programs, and in lines for people."""

    told: Mapping[str, Any]
    lines: tuple[str, ...]


def approve(directory: Path, asked: Asked, *, on_aws: bool, as_json: bool) -> None:
    """Decide about a version, and print what was decided about. Errors: as `decide`."""
    made = decide(directory, asked, on_aws=on_aws)
    for line in (json.dumps(made.told, indent=2),) if as_json else made.lines:
        say(line)


def decide(directory: Path, asked: Asked, *, on_aws: bool = False) -> Decided:
    """Compare a version with what was registered, and decide about it.

    For staging, the first approval: the version's ModelApprovalStatus. For production, the second: its ModelLifeCycle.
    A version that differs from what was registered can be rejected, and not approved.

    Errors: CLI-010, CLI-014, CLI-041 to CLI-044, CLI-056 as `callers.decider`; CLI-045 no such version waits, CLI-046
    it is decided already, or not to be decided yet, CLI-047 the person has another part in it, CLI-059 AWS refused,
    CLI-066 the reason is too long, CLI-057 the repository is at another commit, CLI-058 nothing promotes the model;
    LOC-099 it is not what its pipeline registered.
    """
    if asked.reason is not None and not 1 <= len(asked.reason.strip()) <= LONGEST_REASON:
        raise UserError(
            "CLI-066",
            "--reason",
            f"it has {len(asked.reason.strip())} characters",
            f"write 1 to {LONGEST_REASON}",
        )
    platform = read(directory)
    team, model = found_model(platform, asked.name)
    duty = _DUTIES[asked.target]
    caller = decider(directory, platform, team, model, duty, person=asked.person, on_aws=on_aws)
    try:
        return _decide(_Decision(platform, team, model, asked, caller))
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        told = f"{refusals.code(error)}: {refusals.message(error)}" if refusals.code(error) else str(error)
        raise UserError(
            "CLI-059",
            f"account {caller.account}",
            f"AWS refused: {told}",
            f"nothing was decided; ask with the role of the duty {duty} for {team.name}/{model.name}",
            exit_code=1,
        ) from error


@dataclass(frozen=True)
class _Decision:
    """One decision, and what is known when it is made; read once."""

    platform: Platform
    team: Team
    model: Model
    asked: Asked
    caller: Caller

    @property
    def registry(self) -> Registry:
        """The model's versions, as the person reads them."""
        return registry_through(self.platform, self.team.name, self.model, self.caller.clients)

    @cached_property
    def releases(self) -> Mapping[str, Any]:
        """What the model's promotions remember: which versions wait for whom, and what staging said. Error: CLI-058."""
        table = self.platform.addresses.releases_table_name(self.model.name)
        store = DynamoStore(self.caller.clients("dynamodb"), table, self.model.name)
        try:
            return overview(store, Duty.RELEASE.people(self.team, self.model))
        except refusals.ClientError as error:
            if refusals.code(error) != "ResourceNotFoundException":
                raise
            raise UserError(
                "CLI-058",
                self.asked.name,
                f"nothing promotes its versions: there is no table {table}",
                "deploy the platform as platform.yaml has it; a model that does not serve has no promotion",
                exit_code=1,
            ) from error

    @cached_property
    def waiting(self) -> Mapping[int, Sequence[str]]:
        """The versions whose promotion waits for the second approval, and for whom."""
        return {int(each["version"]): each["for"] for each in self.releases["waiting"]}

    def waits(self, described: Mapping[str, Any]) -> bool:
        """Whether a version waits for this decision."""
        if self.asked.target == "production":
            return int(described["ModelPackageVersion"]) in self.waiting
        return described["ModelApprovalStatus"] == PENDING

    def alone(self, described: Mapping[str, Any]) -> Risk | None:
        """The class of risk by which this may be the only approval that a version needs; None where it needs another.

        As far as the registry says: the promotion looks at more.
        """
        starter = _map(described.get("CustomerMetadataProperties")).get(_STARTER)
        if self.asked.reject or self.asked.target != "staging":
            return None
        is_retrained = starter == self.platform.addresses.retraining_name(self.model.name)
        return self.platform.one_approval(self.model) if is_retrained else None

    @property
    def word(self) -> str:
        """What the status becomes."""
        return REJECTED if self.asked.reject else APPROVED


def _decide(decision: _Decision) -> Decided:
    asked = decision.asked
    described = _version(decision)
    _refuse_out_of_turn(decision, described)
    registered, differs = _compared(decision, described)
    if not asked.reject:
        _refuse_other_parts(decision, described)
    risk = decision.alone(described)
    if risk is not None:
        say(one_line(_ALONE.format(risk=risk.value)), error=True)
    update = _update(decision)
    decision.caller.clients("sagemaker").update_model_package(
        ModelPackageArn=str(described["ModelPackageArn"]), **update
    )
    told = _told(decision, described, registered, differs)
    return Decided(told, tuple(_lines(decision, told)))


def _version(decision: _Decision) -> dict[str, Any]:
    """The version that is meant: the one with the number, or the newest that waits for this decision."""
    asked, known = decision.asked, list[str]()
    for described in decision.registry.versions():
        number = int(described["ModelPackageVersion"])
        if asked.version == number or (asked.version is None and decision.waits(described)):
            return described
        known.append(f"{number} ({_state(described)})")
    if asked.version is not None:
        raise UserError(
            "CLI-045",
            f"{asked.name} version {asked.version}",
            "there is no such version",
            f"write --version with one of those registered: {', '.join(known[:10])}" if known else _TRAIN,
        )
    raise UserError(
        "CLI-045",
        asked.name,
        f"no version waits to be approved for {asked.target}",
        _not_waiting(asked, known) if known else _TRAIN,
        exit_code=1,
    )


def _not_waiting(asked: Asked, known: Sequence[str]) -> str:
    """What to do where every version that is registered was decided about, or is not to be decided about yet."""
    if asked.target == "production":
        return f"see which version waits for whom: mlops-stages releases {asked.name}"
    return f"registered are {', '.join(known[:10])}: the second approval takes --for production; another, --version"


def _stage(described: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where a version is in its life cycle for production; None where nobody has decided that."""
    cycle = _map(described.get("ModelLifeCycle"))
    return (PRODUCTION, str(cycle.get("StageStatus"))) if cycle.get("Stage") == PRODUCTION else None


def _state(described: Mapping[str, Any]) -> str:
    stage = _stage(described)
    return str(described["ModelApprovalStatus"]) + ("" if stage is None else f", {' '.join(stage)}")


def _refuse_out_of_turn(decision: _Decision, described: Mapping[str, Any]) -> None:
    in_production = decision.asked.target == "production"
    if in_production and not decision.waits(described):
        number = int(described["ModelPackageVersion"])
        last = next((each for each in decision.releases["attempts"] if int(each["version"]) == number), None)
        raise UserError(
            "CLI-046",
            str(described["ModelPackageArn"]),
            f"it is {_state(described)}, and no promotion of it waits for the second approval"
            + ("" if last is None else f": its last one is {last['status']}"),
            "approve it for staging, and wait until staging's tests are done",
            exit_code=1,
        )
    if not in_production and described["ModelApprovalStatus"] == decision.word:
        raise UserError(
            "CLI-046",
            str(described["ModelPackageArn"]),
            f"it is {_state(described)}",
            "nothing is left to decide about it; name another by --version",
            exit_code=1,
        )


def _compared(decision: _Decision, described: Mapping[str, Any]) -> tuple[Registered | None, str]:
    """What the version says of itself, and how it differs; one that differs can be rejected alone. Error: LOC-099."""
    try:
        return decision.registry.registered(described, own_code=_own_code(decision.asked, described)), ""
    except UserError as error:
        if not decision.asked.reject:
            raise
        return None, error.message


def _own_code(asked: Asked, described: Mapping[str, Any]) -> str | None:
    """The checksum of the commit's code as the person has it; None where they name no repository. Error: CLI-057."""
    if asked.repository is None:
        return None
    repository = ModelRepository(asked.repository)
    commit = str(_map(described.get("CustomerMetadataProperties")).get("commit"))
    if repository.commit != commit:
        raise UserError(
            "CLI-057",
            str(asked.repository),
            f"it is at commit {repository.commit}, the version is of commit {commit}",
            f"check that commit out: git -C {for_shell(asked.repository)} checkout {commit}",
        )
    return code_checksum(repository.scripts)


def _refuse_other_parts(decision: _Decision, described: Mapping[str, Any]) -> None:
    """Who made a version, or approved it before, does not approve it: the promotion would refuse it later."""
    said: Mapping[str, str] = described.get("CustomerMetadataProperties", {})
    parts = {"wrote its commit": said.get(_AUTHOR), "started its run": said.get(_STARTER)}
    if decision.asked.target == "production":
        parts["approved it for staging"] = _first_approver(described)
    for part, email in parts.items():
        if email is not None and email.strip().casefold() == decision.caller.email.casefold():
            raise UserError(
                "CLI-047",
                str(described["ModelPackageArn"]),
                f"{decision.caller.email} {part}: two others decide about it",
                "let somebody else decide who has the duty",
            )
    number = int(described["ModelPackageVersion"])
    if decision.asked.target == "production" and not any(
        each.casefold() == decision.caller.email.casefold() for each in decision.waiting[number]
    ):
        raise UserError(
            "CLI-047",
            str(described["ModelPackageArn"]),
            f"{decision.caller.email} has another part in it: two others decide about it",
            f"let one of these decide: {', '.join(decision.waiting[number]) or 'nobody is left, name another'}",
        )


def _first_approver(described: Mapping[str, Any]) -> str | None:
    """Who approved a version for staging, as far as the registry says: it names whoever changed it last."""
    identity = _map(_map(described.get("LastModifiedBy")).get("IamIdentity"))
    session = SESSION.fullmatch(str(identity.get("Arn", "")))
    if session is None or not session[2].endswith(f".{Duty.APPROVE}"):
        return None
    return str(identity.get("SourceIdentity") or session[3])


def _update(decision: _Decision) -> dict[str, Any]:
    reason = decision.asked.reason
    if decision.asked.target == "staging":
        return {
            "ModelApprovalStatus": decision.word,
            **({} if reason is None else {"ApprovalDescription": reason.strip()}),
        }
    # The registry tells of a life cycle that changes: the moment makes each decision another one.
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    told = decision.word if reason is None else reason.strip()
    return {
        "ModelLifeCycle": {
            "Stage": PRODUCTION,
            "StageStatus": decision.word,
            "StageDescription": f"{told} ({decision.caller.email}, {moment})",
        }
    }


def _told(
    decision: _Decision, described: Mapping[str, Any], registered: Registered | None, differs: str
) -> dict[str, Any]:
    said: Mapping[str, str] = described.get("CustomerMetadataProperties", {})
    containers: list[Any] = _map(described.get("InferenceSpecification")).get("Containers") or [None]
    container = _map(containers[0])
    return {
        "model": decision.asked.name,
        "version": int(described["ModelPackageVersion"]),
        "package": str(described["ModelPackageArn"]),
        "for": decision.asked.target,
        "decision": decision.word,
        "by": decision.caller.email,
        "reason": decision.asked.reason,
        "compared": "as registered" if registered is not None else differs,
        "quality": None if registered is None else registered.quality,
        "metrics": {} if registered is None else dict(registered.metrics),
        "image": str(container.get("Image", "")),
        "artifact": str(container.get("ModelDataUrl", "")),
        "evaluation": said.get("evaluation"),
        "commit": said.get("commit"),
        "execution": said.get("execution"),
        "author": said.get(_AUTHOR),
        "started_by": said.get(_STARTER),
        "digests": {key: said[key] for key in _DIGESTS if key in said},
        **({} if (risk := decision.alone(described)) is None else {"one_approval": risk.value}),
        "staging": _staging(decision, int(described["ModelPackageVersion"])),
    }


def _staging(decision: _Decision, version: int) -> dict[str, Any] | None:
    """What staging said of a version that waits for production; None before."""
    if decision.asked.target == "staging":
        return None
    found = next(each for each in decision.releases["attempts"] if int(each["version"]) == version)
    return {name: found.get(name) for name in ("passed", "result_sha256", "configuration", "since")}


def _lines(decision: _Decision, told: Mapping[str, Any]) -> Iterator[str]:
    digests: Mapping[str, str] = told["digests"]
    yield one_line(f"{told['model']} version {told['version']}: {told['decision']} for {told['for']} by {told['by']}")
    yield f"  package     {one_line(told['package'])}"
    yield f"  quality     {one_line(told['quality'] or 'not compared')}"
    yield f"  commit      {one_line(str(told['commit']))}, by {one_line(str(told['author'] or 'nobody named'))}"
    yield f"  run         {one_line(str(told['execution']))}"
    yield f"  image       {one_line(told['image'])}"
    for name, place, digest in (
        ("artifact", told["artifact"], "model-sha256"),
        ("evaluation", told["evaluation"], "evaluation-sha256"),
        ("code", None, "code-sha256"),
        ("dataset", None, "dataset-manifest-sha256"),
    ):
        where = f", {one_line(str(place))}" if place else ""
        yield f"  {name:<11} sha256 {one_line(digests.get(digest, 'not said'))}{where}"
    if told["staging"] is not None:
        staging: Mapping[str, Any] = told["staging"]
        passed = "passed its tests" if staging["passed"] else "did not pass its tests"
        yield one_line(f"  staging     {passed}, result sha256 {staging['result_sha256']}")
    if told["compared"] != "as registered":
        yield "  it is not what its pipeline registered:"
        yield from (f"    {one_line(line)}" for line in str(told["compared"]).splitlines())
    else:
        yield "  each of these was read and compared with what its pipeline registered"
    yield from _next(decision, is_alone="one_approval" in told)


def _next(decision: _Decision, *, is_alone: bool) -> Iterator[str]:
    team, model, asked = decision.team, decision.model, decision.asked
    who = Duty.RELEASE.people(team, model)
    if asked.reject or not who:
        return
    if is_alone:
        yield ""
        yield "Its promotion begins: staging and its tests, then production, in steps, without a second approval. Where"
        yield f"it needs one all the same, its owner is told why, and one of {', '.join(who)} approves it:"
        yield f"  mlops-stages approve {asked.name} --for production"
    elif asked.target == "staging":
        yield ""
        yield f"Its promotion begins: staging and its tests. Then one of {', '.join(who)} approves it for production:"
        yield f"  mlops-stages approve {asked.name} --for production"
    else:
        yield ""
        yield "Its promotion goes on: digests are compared again, then production, in steps."


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
