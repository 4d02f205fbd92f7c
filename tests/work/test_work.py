"""Every role may do its work, and nothing beside it: as the local AWS judges, and as a judge independent of it does."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from mlops_stages.condition_keys import Spelling, supplied
from mlops_stages.platform import DataClassification
from tests.conftest import Assembly
from tests.work import local_judge, second_judge
from tests.work.mutants import MUTANTS, Mutant
from tests.work.second_judge import Verdict
from tests.work.tables import Case, cases, read, spare, told_in_part
from tests.work.unproved import unproved
from tests.work.world import World


@pytest.fixture(scope="session")
def work(world: World, accounts: Mapping[str, str]) -> list[Case]:
    return cases(world, accounts)


@pytest.fixture(scope="session")
def second_verdicts(work: list[Case], shared_directory: Path) -> list[Verdict]:
    """What the second judge says of each case; it is asked once a session."""
    kept = shared_directory / "second-judge.json"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            verdicts = second_judge.judge([case.request for case in work])
            kept.write_text(json.dumps([vars(verdict) for verdict in verdicts]), encoding="utf-8")
    return [Verdict(**each) for each in json.loads(kept.read_text("utf-8"))]


@pytest.fixture(scope="session")
def local_verdicts(world: World, work: list[Case]) -> list[bool]:
    with local_judge.judging(world):
        return [local_judge.allows(case.request) for case in work]


def test_both_judges_allow_all_work_and_deny_what_is_beside_it(
    work: list[Case], local_verdicts: list[bool], second_verdicts: list[Verdict]
) -> None:
    wrong = [
        f"{'must be allowed' if case.is_allowed else 'must be denied'}: {case}\n"
        f"    the local AWS {'allows' if local else 'denies'} it; the second judge: {second}"
        for case, local, second in zip(work, local_verdicts, second_verdicts, strict=True)
        if local is not case.is_allowed or (not case.local_only and second.allows is not case.is_allowed)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(work) > 1500
    assert sum(case.is_allowed for case in work) > 500


def test_work_is_judged_alike_where_aws_supplies_older_names_of_condition_keys(
    world: World, work: list[Case], local_verdicts: list[bool]
) -> None:
    """By the local AWS alone: the second judge knows AWS's data of today, which has the newer names."""
    wrong, changed = list[str](), 0
    with local_judge.judging(world):
        for case, before in zip(work, local_verdicts, strict=True):
            context = supplied(case.request.context, Spelling.OLDER)
            if context != dict(case.request.context):
                changed += 1
                if local_judge.allows(replace(case.request, context=context)) is not before:
                    wrong.append(str(case))
    assert changed > 20
    assert wrong == []


def test_what_the_second_judge_cannot_take_is_said_with_the_reason(
    work: list[Case], second_verdicts: list[Verdict]
) -> None:
    for case, second in zip(work, second_verdicts, strict=True):
        assert bool(second.error) == bool(case.local_only), f"{case}: {second.error or 'the second judge can take it'}"


def test_a_request_has_no_condition_key_that_aws_does_not_supply(
    work: list[Case], second_verdicts: list[Verdict]
) -> None:
    wrong = [
        f"{case}: {second.ignored}"
        for case, second in zip(work, second_verdicts, strict=True)
        if second.ignored and not case.local_only
    ]
    assert wrong == []


def test_every_permission_of_every_role_is_taken_by_some_work(
    world: World, accounts: Mapping[str, str], work: list[Case]
) -> None:
    """Each action and each resource of each statement is taken away in turn, and then some work is denied."""
    by_role: dict[str, list[Case]] = {}
    in_part = told_in_part()
    for case in work:
        if case.is_allowed and case.request.role.arn in world.roles and case.role not in in_part:
            by_role.setdefault(case.request.role.arn, []).append(case)
    with local_judge.judging(world):
        found = {(arn, each) for arn, its in by_role.items() for each in unproved(world.roles[arn], its)}
    said = spare(world, accounts)
    assert found - said == set(), "granted, and no work takes it"
    assert said - found == set(), "said to be spare, and some work takes it"


def test_every_kind_of_role_has_a_table(world: World, accounts: Mapping[str, str], work: list[Case]) -> None:
    tabled = {_kind(world, case.request.role.arn) for case in work if case.request.role.arn in world.roles}
    every = {_kind(world, arn) for arn in world.roles}
    (nobody,) = every - tabled
    assert nobody == "AccountStudioNobody"
    assert [role.policies for arn, role in world.roles.items() if _kind(world, arn) == nobody] == [{}]


def _kind(world: World, arn: str) -> str:
    """The persona, the duty, or for roles that AWS names the id without its hash."""
    persona = world.roles[arn].tags.get("persona")
    if persona:
        return persona
    name = arn.rpartition("/")[2]
    return (
        _CLASSIFICATION.sub("", name.partition(".")[2])
        if "." in name
        else next(
            _without_hash(logical_id)
            for stack, template in world.templates.templates.items()
            for logical_id, body in template["Resources"].items()
            if body["Type"] == "AWS::IAM::Role" and world.templates.arn(stack, logical_id) == arn
        )
    )


_CLASSIFICATION = re.compile(rf"-({'|'.join(DataClassification)})$")
"""Of a role that there is for each."""


def _without_hash(logical_id: str) -> str:
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def test_a_table_says_who_and_where_aws_documents_it() -> None:
    for table in read():
        assert table["who"]
        for entry in table.get("spare", []):
            assert len(entry["because"]) > 20


@pytest.fixture(scope="session")
def mutated(
    reference: Assembly, world_of: Callable[[Mapping[str, Any]], World], accounts: Mapping[str, str]
) -> dict[str, list[tuple[Case, bool, Verdict]]]:
    """What both judges say of the work that each mutant must show in; one process for all."""
    templates = reference.templates
    found: list[tuple[Mutant, Case, bool]] = []
    for mutant in MUTANTS:
        world = world_of(mutant.applied(templates))
        with local_judge.judging(world):
            its = [case for case in cases(world, accounts, only={mutant.role}) if case.does == mutant.shows]
            assert its, f"{mutant}: {mutant.role} has no work {mutant.shows!r}"
            found += [(mutant, case, local_judge.allows(case.request)) for case in its]
    verdicts = second_judge.judge([case.request for _, case, _ in found])
    by_name: dict[str, list[tuple[Case, bool, Verdict]]] = {}
    for (mutant, case, local), second in zip(found, verdicts, strict=True):
        by_name.setdefault(mutant.name, []).append((case, local, second))
    return by_name


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_fault_in_a_template_is_seen_by_each_judge(
    mutant: Mutant, mutated: dict[str, Sequence[tuple[Case, bool, Verdict]]]
) -> None:
    judged = mutated[mutant.name]
    assert any(local is not case.is_allowed for case, local, _ in judged), "the local AWS sees nothing"
    assert any(second.allows is not case.is_allowed for case, _, second in judged), "the second judge sees nothing"


def test_mutants_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
