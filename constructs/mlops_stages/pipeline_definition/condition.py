"""A condition, as far as it can be made out: what is compared, and which conditions it is made of.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlops_stages.platform.errors import Loc
from mlops_stages.platform.plain import Map, is_map, list_of

_COMPARED = ("LeftValue", "RightValue")
CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "Equals": _COMPARED,
    "GreaterThan": _COMPARED,
    "GreaterThanOrEqualTo": _COMPARED,
    "In": ("QueryValue", "Values"),
    "LessThan": _COMPARED,
    "LessThanOrEqualTo": _COMPARED,
    "Not": ("Expression",),
    "Or": ("Conditions",),
}
"""The types of conditions, and the keys of each."""
OF_CONDITIONS = ("Expression", "Conditions")
"""The keys under which other conditions stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition where it stands in its step.

    Attributes:
        type: one of `CONDITIONS`; None where it is of no type there is.
        loc: where it stands, from the step.
        value: its own object.
        compared: the values that it compares, with where each stands: of `In` the one that is looked for first.
        inner: the conditions that it is made of.
    """

    type: str | None
    loc: Loc
    value: Map
    compared: tuple[tuple[Loc, object], ...]
    inner: tuple["Condition", ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a condition of its type has, beside `Type`."""
        return () if self.type is None else CONDITIONS[self.type]


def condition_of(value: Map, loc: Loc) -> Condition:
    """Read the condition that an object is; `loc` is where it stands."""
    kind = value.get("Type")
    known = kind if isinstance(kind, str) and kind in CONDITIONS else None
    keys = () if known is None else CONDITIONS[known]
    return Condition(
        type=known,
        loc=loc,
        value=value,
        compared=tuple(_values(value, [key for key in keys if key not in OF_CONDITIONS], loc)),
        inner=tuple(
            condition_of(each, where)
            for where, each in _values(value, [key for key in keys if key in OF_CONDITIONS], loc)
            if is_map(each)
        ),
    )


def _values(value: Map, keys: list[str], loc: Loc) -> Iterator[tuple[Loc, object]]:
    """What stands under the keys, each item of a list of several alone."""
    for key in keys:
        if key in ("Conditions", "Values"):
            yield from (((*loc, key, index), each) for index, each in enumerate(list_of(value.get(key))))
        elif key in value:
            yield (*loc, key), value[key]
