"""What transform jobs are given to score, and what of their answers is wrong."""

from __future__ import annotations

from ...capture.records import CSV, JSON_LINES
from .captured import scores
from .endpoint import lines, scored, scored_csv
from .findings import Findings
from .golden import wrong
from .inputs import Case, cases_of, csv_cases_of, csv_line
from .material import Material

GOLDEN, EDGES = "gold", "edge"
"""The kinds of jobs, by which they are named."""
ID = "decision_id"


def golden(material: Material, content_type: str) -> bytes:
    """The golden records as one file."""
    if content_type != CSV:
        return lines(*(each.record for each in material.golden))
    names = [ID, *(field.name for field in material.fields)]
    return b"".join(csv_line([each.record.get(name) for name in names]) for each in material.golden)


def judge_golden(material: Material, content_type: str, package_arn: str, status: str, answer: str | None) -> Findings:
    """What is wrong with the answers to the golden records. PRM-050."""
    found = Findings(asked=len(material.golden))
    if status != "Completed" or answer is None:
        found.add("PRM-050", "golden records", f"their job {status}: see what SageMaker says about it")
        return found
    read = scored_csv if content_type == CSV else scored
    wrong(answer, material.golden, material.tolerance, package_arn, found, read)
    return found


def cases(material: Material, content_type: str) -> list[Case]:
    """A row for each wrong input and each edge; the last has no fault: a container that died does not answer it."""
    if content_type == CSV:
        found = list(csv_cases_of(material.fields))
    else:
        found = [each for each in cases_of(material.fields) if each.content_type == JSON_LINES]
    return [*found, found[0]]


def judge_cases(tried: list[Case], content_type: str, answers: dict[int, str]) -> Findings:
    """What was answered and must not be, and what was not answered and must be. PRM-051, PRM-052.

    Which field a container names as it refuses is in the job's log, and not looked at.
    """
    found = Findings(asked=len(tried))
    for number, case in enumerate(tried):
        answer = answers.get(number)
        if case.refused and answer is not None:
            found.add("PRM-051", case.what, "it was scored")
        elif not case.refused and (answer is None or not _is_one_score(answer, content_type)):
            found.add("PRM-052", case.what, "it has no answer" if answer is None else "the answer is not one score")
    return found


def _is_one_score(answer: str, content_type: str) -> bool:
    try:
        return len(scores(answer, content_type)) == 1
    except ValueError:
        return False
