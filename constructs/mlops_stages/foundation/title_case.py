"""Names with hyphens as parts of logical ids and of statements' ids, which take letters and digits alone."""


def title_case(name: str) -> str:
    """Write a name without its hyphens: `LateArrival` for `late-arrival`.

    `card-1` and `card1` read alike then: where both may stand in one policy, number them.
    """
    return name.title().replace("-", "")
