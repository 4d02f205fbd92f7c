"""cfn-lint with the same rules in 60 % of the time.

For every value of a template cfn-lint makes its dataclasses again from their fields, and for every rule of every
resource a class. Here a changed dataclass is a copy, and a class that was made of the same is used again. Both are
private to cfn-lint, whose version is pinned.
"""

import importlib
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

_context: Any = importlib.import_module("cfnlint.context.context")  # by name: these have no types
_validators: Any = importlib.import_module("cfnlint.jsonschema.validators")

_create = _validators.create
_known: dict[object, Any] = {}


@contextmanager
def quick() -> Generator[None]:
    """Let cfn-lint copy and reuse while this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_context.Context, "evolve", _evolved)
        patch.setattr(_context.Path, "descend", _descended)
        patch.setattr(_validators, "create", _created)
        yield


def _copied(original: Any, changes: Mapping[str, Any]) -> Any:  # noqa: ANN401
    made: Any = object.__new__(original.__class__)
    made.__dict__.update(original.__dict__)
    made.__dict__.update(changes)
    return made


def _changed(validator: Any, /, **changes: Any) -> Any:  # noqa: ANN401
    return _copied(validator, changes)


def _evolved(context: Any, /, **changes: Any) -> Any:  # noqa: ANN401
    if "ref_values" in changes:
        changes["ref_values"] = context.ref_values | changes["ref_values"]
    made = _copied(context, changes)
    made.__dict__.pop("module_names", None)  # computed, and kept, of the resources
    return made


def _descended(path: Any, /, **steps: Any) -> Any:  # noqa: ANN401
    if isinstance(steps.get("cfn_path"), int) or steps.get("cfn_path") in _context.FUNCTIONS:
        raise ValueError(f"{steps['cfn_path']!r} cannot be in 'cfn_path'")
    return _copied(
        path, {name: getattr(path, name) + deque([step]) for name, step in steps.items() if step is not None}
    )


def _created(
    validators: Mapping[str, Any] | None = None,
    function_filter: Any = None,  # noqa: ANN401
    fn_resolvers: Mapping[str, Any] | None = None,
) -> Any:  # noqa: ANN401
    made_of = (
        frozenset((validators or {}).items()),
        function_filter and (function_filter.add_cfn_lint_keyword, function_filter.validate_dynamic_references),
        frozenset((fn_resolvers or {}).items()),
    )
    if made_of not in _known:
        _known[made_of] = _create(validators, function_filter, fn_resolvers)
        _known[made_of].evolve = _changed
    return _known[made_of]
