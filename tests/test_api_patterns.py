"""The patterns of AWS's API models: each that is in use can be judged, soon, and means what it meant."""

import ast
import contextlib
import importlib
import random
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import mlops_stages
from mlops_stages import api_patterns
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.front.services import SERVICES
from tests import attacking_text

loader: Any = importlib.import_module("botocore.loaders").Loader()

PACKAGE = Path(mlops_stages.__file__).parent
NO_SERVICES = frozenset({"api", "bounds", "engine", "front"})
"""Folders of the server that are no service's."""
NO_NAMES = frozenset({"config"})
"""Words of the code that are a folder of a job's, not the service of that name."""
LARGE_AND_NEVER_CHECKED_HERE = frozenset({"s3", "lambda", "cloudformation"})
"""Their requests are the emulators' own to check; their models take seconds to read."""


@cache
def services() -> tuple[str, ...]:
    """The names of AWS's services that stand in the code of the local AWS's services."""
    available = set(loader.list_available_services("service-2")) - NO_NAMES
    named = {
        node.value
        for folder in (PACKAGE / "local/server").iterdir()
        if folder.name not in NO_SERVICES
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return tuple(sorted((available & {*named, *SERVICES}) - LARGE_AND_NEVER_CHECKED_HERE))


@cache
def patterns() -> dict[str, int]:
    """Every pattern of these services, with the greatest length of a text that it is asked about."""
    found: dict[str, int] = {}
    for service in services():
        for described in loader.load_service_model(service, "service-2")["shapes"].values():
            pattern = described.get("pattern")
            if pattern:
                most = min(described.get("max", api_patterns.LONGEST_WITHOUT_MAXIMUM), api_patterns.LONGEST)
                found[pattern] = max(most, found.get(pattern, 0))
    return found


def test_the_services_in_use_are_found() -> None:
    assert {"sagemaker", "organizations", "codeartifact", "glue", "sso-admin"} <= set(services())
    assert len(patterns()) > 400


def test_every_pattern_in_use_is_judged() -> None:
    assert [pattern for pattern in patterns() if api_patterns.pattern(pattern) is None] == []


def attacks(pattern: str, length: int) -> Iterator[str]:
    """Texts that make a backtracking engine slow, also where Python itself cannot read the pattern."""
    readable = re.sub(r"\\[pP]\{\w+\}", "a", pattern.replace("(?i)", "")).replace("\\w-_", "\\w_")
    readable = re.sub(r"\$\{\d+,\d*\}", "$", readable)
    with contextlib.suppress(re.error):
        yield from attacking_text.attacks(readable, length)
    yield from ("a" * length, "https://" + "a" * (length - 13) + "#main", "a-" * (length // 2), "\u00e9" * length)


def test_no_pattern_is_slow_on_any_text_of_its_greatest_length() -> None:
    slow: dict[str, float] = {}
    for pattern, length in patterns().items():
        judged = api_patterns.pattern(pattern)
        assert judged is not None
        for text in attacks(pattern, length):
            began = time.process_time()
            judged.matches(text)
            took = time.process_time() - began
            if took > 0.2:
                slow[pattern] = max(took, slow.get(pattern, 0))
    assert slow == {}


def domain_with(url: str) -> dict[str, Any]:
    repositories = {"JupyterLabAppSettings": {"CodeRepositories": [{"RepositoryUrl": url}]}}
    settings = {"ExecutionRole": "arn:aws:iam::111111111111:role/studio", **repositories}
    return {"DomainName": "studio", "AuthMode": "IAM", "DefaultUserSettings": settings}


@pytest.mark.parametrize("url", ["https://github.com/acme/fraud-model#main", "https://" + "a" * 40 + "#"])
def test_a_mistyped_url_is_refused_soon(url: str) -> None:
    shape: Any = shapes.input_shape("sagemaker", "CreateDomain")
    began = time.process_time()
    found = shapes.first_faults(shape, domain_with(url))
    assert time.process_time() - began < 0.5
    assert len(found) == 1
    assert "regular expression" in found[0]


def test_what_was_taken_apart_means_what_it_meant() -> None:
    chance = random.Random(15)
    for pattern in api_patterns.taken_apart():
        java = pattern.replace(r"\p{L}\p{N}\p{Z}-_", r"a-z0-9 \-_").replace("(?i)", "")
        judged = api_patterns.pattern(pattern)
        assert judged is not None
        tree = attacking_text.parsed(java)
        for _ in range(60):
            text = attacking_text.example(tree, chance)[:24]  # short: `re` backtracks
            place = chance.randint(0, len(text))
            for tried in (text, text[:place] + chance.choice("-_/:. 9a") + text[place:], text + "-", text + "/3"):
                assert judged.matches(tried) is bool(re.fullmatch(java, tried, re.ASCII)), (pattern, tried)


def test_a_text_that_is_too_long_is_not_matched_at_all() -> None:
    shape: Any = shapes.input_shape("sagemaker", "CreateDomain")
    url = "https://" + "a" * 10_000_000
    began = time.process_time()
    found = shapes.first_faults(shape, domain_with(url))
    assert time.process_time() - began < 0.2
    assert ["length" in fault for fault in found] == [True]
    assert len(found[0]) < 500
