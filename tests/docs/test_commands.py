"""Every command in the pages exists, with its options."""

import importlib
import os
import re
import subprocess
from typing import Any

import pytest
import typer.main

from mlops_stages import node
from mlops_stages.cli.main import app
from tests.docs.pages import PAGES, ROOT, blocks, commands, flags
from tests.end_to_end.conftest import PlatformUp

SHELL = {".", "cd", "curl", "eval", "export", "ls", "python", "sed"}
OUR_COMMANDS: Any = vars(typer.main.get_command(app))["commands"]
MAKEFILES = ("Makefile", "platform.mk", "constructs/mlops_stages/model_repository/template/Makefile")
_session: Any = importlib.import_module("botocore.session").get_session()  # botocore has no types


def test_every_command_is_one_that_a_reader_has() -> None:
    known = SHELL | {"aws", "cdk", "gh", "glab", "make", "mlops-stages"}
    assert {words[0] for _, words in commands()} <= known


def test_every_target_of_make_exists() -> None:
    rules = "".join((ROOT / name).read_text("utf-8") for name in MAKEFILES)
    for page, words in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", rules, re.MULTILINE), f"{page}: {words}"


def test_every_command_of_ours_takes_its_options() -> None:
    for page, words in commands():
        if words[0] == "mlops-stages":
            command: Any = OUR_COMMANDS[words[1]]
            own = words[2 : words.index("--")] if "--" in words else words[2:]
            if "commands" in vars(command):
                command = _below(command)[own[0]]
                own = own[1:]
            assert flags(own) <= _options(command), f"{page}: {words}"


def _below(group: Any) -> dict[str, Any]:  # noqa: ANN401 - typer's own
    return group.commands


def _options(command: Any) -> set[str]:  # noqa: ANN401 - typer's own
    return {option for parameter in command.params for option in parameter.opts}


def test_every_command_of_the_cdk_takes_its_options(platform_up: PlatformUp) -> None:
    helped: dict[str, str] = {}
    for page, words in commands():
        if words[0] == "cdk":
            if words[1] not in helped:
                command = [*node.cdk(platform_up.directory), words[1], "--help"]
                helped[words[1]] = subprocess.run(
                    command, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "300"}
                ).stdout
            for flag in flags(words):
                assert flag in helped[words[1]], f"{page}: {words}"


def test_every_call_of_aws_is_in_its_api() -> None:
    calls = [(page, words) for page, words in commands() if words[0] == "aws"]
    for page in PAGES:
        calls += [(page.name, call.split()) for call in re.findall(r"`(aws [a-z-]+ [^`]+)`", page.read_text("utf-8"))]
    assert len(calls) > 9
    for page, (_, service, operation, *rest) in calls:
        # The CLI has S3's own calls under another name.
        model: Any = _session.get_service_model("s3" if service == "s3api" else service)
        name = next((n for n in model.operation_names if _in_shell(n) == operation), None)
        assert name is not None, f"{page}: {service} {operation}"
        shape = model.operation_model(name).input_shape
        members = {_in_shell(member) for member in (shape.members if shape else ())}
        given = {flag.removeprefix("--") for flag in flags(rest)} - {"output", "query", "region"}
        assert {flag.removeprefix("no-") for flag in given} <= members, f"{page}: {operation} {given - members}"


def _in_shell(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


@pytest.mark.parametrize("block", blocks("sh"), ids=lambda block: block.page)
def test_a_shell_block_is_sound(block: Any) -> None:  # noqa: ANN401 - a Block, by pytest's parameters
    subprocess.run(["sh", "-n"], input=block.text, text=True, check=True)
