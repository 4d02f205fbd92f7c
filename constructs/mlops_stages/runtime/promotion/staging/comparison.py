"""Champion and challenger on the same recent requests of production."""

from __future__ import annotations

from typing import Any

from .captured import Recent, scores
from .endpoint import Ask
from .findings import Findings


def compare(ask: Ask, recent: Recent) -> tuple[Findings, dict[str, Any]]:
    """Ask the challenger what the champion was asked; return what it refused, and how far their scores are apart.

    How far they may be apart, nobody has promised: it is evidence for whoever releases. What the champion answered and
    the challenger refuses is a broken contract. PRM-055.
    """
    found, differences = Findings(), list[float]()
    for number, request in enumerate(recent.requests, 1):
        answer = ask(request.body, request.content_type)
        found.asked += 1
        if answer.status != 200:
            found.add("PRM-055", f"captured request {number}", f"the answer is {answer.status}; the champion's was 200")
            continue
        try:
            given = scores(answer.body, request.content_type)
        except ValueError:
            given = ()
        if len(given) != len(request.scores):
            found.add("PRM-055", f"captured request {number}", f"{len(given)} scores for {len(request.scores)} rows")
            continue
        differences += [abs(one - other) for one, other in zip(given, request.scores, strict=True)]
    mean = sum(differences) / len(differences) if differences else None
    return found, {
        "rows": len(differences),
        "passed_over": recent.passed_over,
        "mean_difference": None if mean is None else f"{mean:.6f}",
        "largest_difference": f"{max(differences):.6f}" if differences else None,
    }
