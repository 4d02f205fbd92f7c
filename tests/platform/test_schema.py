"""The JSON Schema that editors use."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from mlops_stages.platform import PlatformErrors, load, schema

Map = dict[str, object]
Valid = Callable[[Path], bool]

KEY_MISTAKES = (
    "bad_name", "bad_email", "bad_team_name", "bad_model_name", "bad_organization_id", "bad_vpc_id", "short_account",
    "bad_boundary_arn", "bad_instance_type", "repository_with_wildcard", "unknown_region", "unknown_stage",
    "unknown_provider", "unknown_sign_in", "unknown_key", "misspelt_key", "unknown_purpose", "missing_key",
    "network_without_subnets", "text_for_a_number", "text_for_a_list", "text_for_a_map", "map_for_a_text", "cents",
    "account_without_quotes", "budget_of_nothing", "four_zones", "idle_too_short", "canary_of_all", "nobody_is_told",
    "eleven_are_told", "too_many_tags", "too_many_instance_types", "no_value", "no_item", "tag_key_too_long",
    "key_of_another_place", "bad_monitor_arn", "anomalies_of_nothing",
    "sign_in_without_method", "always_available", "no_platform_engineer", "true_for_a_number", "yes_for_true",
)  # fmt: skip


@pytest.fixture(scope="module")
def is_valid() -> Valid:
    validator = Draft202012Validator(schema())
    yaml = YAML(typ="safe", pure=True)

    def check(path: Path) -> bool:
        content = cast("object", yaml.load(path))  # pyright: ignore[reportUnknownMemberType] - untyped
        return bool(validator.is_valid(content))  # pyright: ignore[reportUnknownMemberType, reportArgumentType] - untyped

    return check


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(schema())  # pyright: ignore[reportUnknownMemberType] - untyped


def test_it_accepts_the_reference_and_every_other_organization(
    root: Path, organizations: Path, is_valid: Valid
) -> None:
    assert is_valid(root / "platform.yaml")
    for path in organizations.glob("*.yaml"):
        assert is_valid(path), path


@pytest.mark.parametrize("mistake", KEY_MISTAKES)
def test_it_refuses_the_same_mistakes_in_keys_and_texts(mistake: str, organizations: Path, is_valid: Valid) -> None:
    path = organizations / "hostile" / f"{mistake}.yaml"
    assert not is_valid(path)
    with pytest.raises(PlatformErrors):
        load(path)


def test_it_is_the_same_each_time() -> None:
    assert json.dumps(schema()) == json.dumps(schema())


def test_everything_in_it_has_a_title_and_a_description() -> None:
    made = schema()
    definitions = cast("dict[str, Map]", made["$defs"])
    for holder in (made, *definitions.values()):
        assert holder["title"]
        assert holder["description"]
        for key, field in cast("dict[str, Map]", holder.get("properties", {})).items():
            assert field.get("description"), key


def test_each_example_is_valid_or_an_error_would_send_people_in_circles() -> None:
    made = schema()
    definitions = cast("dict[str, Map]", made["$defs"])
    for holder in (made, *definitions.values()):
        for key, field in cast("dict[str, Map]", holder.get("properties", {})).items():
            examples = cast("list[object]", field["examples"])
            validator = Draft202012Validator({**field, "$defs": definitions})
            for example in examples:
                assert validator.is_valid(example), (key, example)  # pyright: ignore[reportUnknownMemberType, reportArgumentType] - untyped


def test_it_knows_no_null() -> None:
    assert all(node != {"type": "null"} for node in nodes(schema()))


def nodes(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, dict):
        for value in cast("Map", node).values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            yield from nodes(value)
