"""What a template's resources refer to."""

import re
from collections.abc import Iterator
from typing import cast


def references(value: object) -> Iterator[str]:
    """The logical ids that any part of a template refers to, those left out that it only comes after."""
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from references(each)
    elif isinstance(value, dict):
        for key, each in cast("dict[str, object]", value).items():
            if key == "Ref":
                yield str(each)
            elif key == "Fn::GetAtt":
                yield cast("list[str]", each)[0]
            elif key != "DependsOn":
                yield from references(each)


def kind_of_stack(stack: str) -> str:
    """What a stack is of, in any organization: its name without the platform's, the team's or the model's.

    Production's stacks are of the kind of staging's: the same constructs make both.
    """
    return re.sub("^production", "staging", re.sub("-(team|model)-.*", r"-\1", stack.partition("-")[2]))
