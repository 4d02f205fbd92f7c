"""The JSON Schema of platform.yaml, for editors."""

from typing import cast

from mlops_stages.platform.platform import Platform


def schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12), the same each time. It knows shapes and texts; `load` knows what must agree."""
    made = cast("dict[str, object]", _without_null(Platform.model_json_schema()))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "platform.yaml",
        "description": "An organization's MLOps platform on AWS, for mlops-stages.",
    }


def _without_null(node: object) -> object:
    """A schema without null, which Python gives to what is left out: in the file, a key has a value or isn't there."""
    if isinstance(node, list):
        return [_without_null(item) for item in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    entries = {key: _without_null(value) for key, value in cast("dict[str, object]", node).items()}
    if entries.get("default", "") is None:
        del entries["default"]
    choices = entries.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        left = [choice for choice in cast("list[dict[str, object]]", choices) if choice != {"type": "null"}]
        del entries["anyOf"]
        return {**left[0], **entries} if len(left) == 1 else {**entries, "anyOf": left}
    return entries
