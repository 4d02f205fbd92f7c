"""A release without a second approval is sound with its evidence before it in the ledger, and with nothing less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlops_stages.audit.one_approval import Declared, OneApprovals
from mlops_stages.runtime.ledger.records import BEFORE_THE_FIRST, Entry, Record, read_entry
from tests.runtime.ledger.given import DIGESTS, MODEL, PACKAGE, TEAM, WHO, released_by_rule

Json = dict[str, Any]

CHAMPION = f"{PACKAGE[:-1]}6"
OTHER = f"{PACKAGE[:-1]}5"
RELEASE = released_by_rule()
SERVED: Json = {"environment": "production", "configuration": "arrivals-late-arrival-v6-abc123"}
STARTER = f"acme-{MODEL}-retraining"
BEFORE: Json = {**DIGESTS, "model_sha256": "9" * 64, "evaluation_sha256": "8" * 64}


def trained(package: str, digests: Json, starter: str, execution: str, **changed: Any) -> Entry:  # noqa: ANN401
    body: Json = {
        "package_arn": package,
        "execution_arn": execution,
        "commit": "a" * 40,
        "code_sha256": "b" * 64,
        "dataset_sha256": "c" * 64,
        "digests": digests,
        "who": {**WHO, "source_identity": starter},
    }
    return entry("trained", {**body, **changed})


def entry(kind: str, body: Json, at: str = "2026-11-26T09:00:00Z") -> Entry:
    return Entry(kind=kind, event=f"{kind}/{body['package_arn']}/{at}", at=at, body=body)


def approved(**changed: Any) -> Entry:  # noqa: ANN401
    return entry("approved", {"package_arn": PACKAGE, "for": "staging", "digests": DIGESTS, "who": WHO, **changed})


def evaluated(**changed: Any) -> Entry:  # noqa: ANN401
    body: Json = {"environment": "staging", "passed": True, "result_sha256": "3" * 64, "digests": DIGESTS}
    return entry("evaluated", {"package_arn": PACKAGE, **body, **changed})


def deployed(package: str, digests: Json) -> Entry:
    return entry("deployed", {"package_arn": package, **SERVED, "digests": digests})


def rolled_back(to: str, away_from: str) -> Entry:
    return entry("rolled-back", {"package_arn": to, "from_package_arn": away_from, **SERVED, "cause": "command"})


def rejected(environment: str) -> Entry:
    return entry("rejected", {"package_arn": PACKAGE, "for": environment, "who": WHO})


OLD = trained(CHAMPION, BEFORE, "kim@acme.example", "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/p/execution/old")
NEW = trained(PACKAGE, DIGESTS, STARTER, RELEASE.body["execution_arn"])
WAY = (OLD, deployed(CHAMPION, BEFORE), NEW, approved(), evaluated())


def found(*entries: Entry, declared: Declared | None = None) -> list[tuple[str, str]]:
    look = OneApprovals(MODEL, declared).look
    said: list[tuple[str, str]] = []
    for number, each in enumerate(entries, start=1):
        read_entry(each.to_message().encode(), "it")
        record = Record(
            kind=each.kind, event=each.event, at=each.at, body=each.body, team=TEAM, model=MODEL, number=number,
            previous=BEFORE_THE_FIRST, recorded="2026-11-27T02:00:00Z",
        )  # fmt: skip
        said += [(finding.code, finding.what) for finding in look(record, f"{number}.json")]
    return said


def test_with_all_of_its_evidence_it_is_sound() -> None:
    assert found(*WAY, RELEASE) == []
    assert found(*WAY, RELEASE, deployed(PACKAGE, DIGESTS)) == []


def without(number: int) -> tuple[Entry, ...]:
    return (*WAY[:number], *WAY[number + 1 :])


def instead(number: int, *entries: Entry) -> tuple[Entry, ...]:
    return (*WAY[:number], *entries, *WAY[number + 1 :])


LACKING: dict[str, tuple[tuple[Entry, ...], str]] = {
    "its approval": (without(3), "no approval by ann@acme.example stands before it"),
    "its tests": (without(4), "no such result of staging is recorded"),
    "its training": (without(2), "it is not recorded how the version was trained"),
    "its champion": (without(1), "no version served production, not version 6"),
    "an approval that stands": ((*WAY, rejected("staging")), "no approval by ann@acme.example stands before it"),
    "nobody's refusal": ((*WAY, rejected("production")), "a person has refused the version for production"),
    "an approval of production": (instead(3, approved(**{"for": "production"})), "no approval by"),
    "the approval of the same person": (
        instead(3, approved(who={**WHO, "source_identity": "eve@acme.example"})),
        "the approval by eve@acme.example at 2026-11-26T09:00:00Z is another",
    ),
    "the approval of the same bytes": (instead(3, approved(digests=BEFORE)), "is another"),
    "a result that passed": (instead(4, evaluated(passed=False)), "no such result of staging is recorded"),
    "the same result": (instead(4, evaluated(result_sha256="4" * 64)), "no such result of staging is recorded"),
    "the tests of the same bytes": (instead(4, evaluated(digests=BEFORE)), "no such result of staging is recorded"),
    "a run of retraining": (
        instead(2, trained(PACKAGE, DIGESTS, "kim@acme.example", RELEASE.body["execution_arn"])),
        "its run was started by kim@acme.example, which is not the model's retraining",
    ),
    "a run of this model's retraining": (
        instead(2, trained(PACKAGE, DIGESTS, "acme-other-retraining", RELEASE.body["execution_arn"])),
        "its run was started by acme-other-retraining",
    ),
    "the same run": (
        instead(2, trained(PACKAGE, DIGESTS, STARTER, OLD.body["execution_arn"])),
        "the version was trained by another run",
    ),
    "the same commit": (
        instead(2, trained(PACKAGE, DIGESTS, STARTER, RELEASE.body["execution_arn"], commit="f" * 40)),
        "its commit differ",
    ),
    "the same code": (
        instead(2, trained(PACKAGE, DIGESTS, STARTER, RELEASE.body["execution_arn"], code_sha256="f" * 64)),
        "its code_sha256 differ",
    ),
    "the same image": (
        instead(0, trained(CHAMPION, {**BEFORE, "image_digest": f"sha256:{'7' * 64}"}, "kim", "arn:aws:a:b::c")),
        "its image is another than that of the version that served",
    ),
    "the same image, of what was registered before the ledger began": (
        (deployed(CHAMPION, {**BEFORE, "image_digest": f"sha256:{'7' * 64}"}), *WAY[2:]),
        "its image is another than that of the version that served",
    ),
    "a champion that serves": (
        (*WAY, deployed(OTHER, BEFORE)),
        "version 5 served production, not version 6",
    ),
    "a champion that nobody has gone back from": (
        (*WAY, rolled_back(OTHER, CHAMPION)),
        "version 5 served production, not version 6",
    ),
    "a first time in production": (
        (*WAY, deployed(PACKAGE, DIGESTS), rolled_back(CHAMPION, PACKAGE)),
        "the version has been in production",
    ),
    "a first time in production, which an alarm has ended": (
        (*WAY, rolled_back(CHAMPION, PACKAGE)),
        "the version has been in production",
    ),
}


@pytest.mark.parametrize("what", LACKING)
def test_what_lacks_a_part_of_the_evidence_is_found(what: str) -> None:
    before, why = LACKING[what]
    ((code, said),) = found(*before, RELEASE)
    assert code == "LED-130"
    assert why in said


def test_evidence_that_comes_later_is_none() -> None:
    assert [code for code, _ in found(RELEASE, *WAY)] == ["LED-130"]


def test_of_a_champion_that_was_registered_before_the_ledger_began_the_image_is_compared() -> None:
    assert found(*WAY[1:], RELEASE) == []


@pytest.mark.parametrize(
    ("declared", "codes"),
    [
        (None, []),
        (Declared(risk="low"), []),
        (Declared(risk="medium"), ["LED-131"]),
        (Declared(risk=None), ["LED-131"]),
        (Declared(risk=None, until="2026-11-26"), ["LED-131"]),
        (Declared(risk=None, until="2026-11-27"), []),
        (Declared(risk=None, until="2027-01-01"), []),
    ],
)
def test_a_class_that_platform_yaml_does_not_let_release_it_is_found(
    declared: Declared | None, codes: list[str]
) -> None:
    assert [code for code, _ in found(*WAY, RELEASE, declared=declared)] == codes


CHANGES: dict[str, Callable[[], Entry]] = {
    "high risk": lambda: released_by_rule(risk="high"),
    "another rule": lambda: released_by_rule(rule="because"),
    "staging": lambda: released_by_rule(**{"for": "staging"}),
    "a person who decides": lambda: released_by_rule(who=WHO),
    "no figure": lambda: released_by_rule(figure=""),
    "no time": lambda: released_by_rule(judged_at="yesterday"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_another_form_of_it_is_no_record(what: str) -> None:
    with pytest.raises(ValueError, match=r"LED-00[45]"):
        read_entry(CHANGES[what]().to_message().encode(), "it")


def test_no_part_of_it_may_be_missing() -> None:
    for name in RELEASE.body:
        body = {key: value for key, value in RELEASE.body.items() if key != name}
        with pytest.raises(ValueError, match=f"{name} is missing"):
            read_entry(Entry(kind=RELEASE.kind, event="e", at=RELEASE.at, body=body).to_message().encode(), "it")
