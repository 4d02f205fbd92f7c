"""What is seen of a deploy while it runs."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from mlops_stages.cli.bars import Bars
from mlops_stages.cli.display import Lines, display
from mlops_stages.local.client.output import StackEvent

DEPLOYING = StackEvent(stack="acme-x", state="deploying", done=3, total=84)
DEPLOYED = StackEvent(stack="acme-x", state="deployed", done=84, total=84)


def test_without_a_terminal_each_step_and_each_end_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines() as shown:
        shown.step("synthesizing the stacks")
        shown.stacks(("acme-x", "acme-y"))
        for event in (DEPLOYING, DEPLOYING, DEPLOYED, DEPLOYED):
            shown.moved(event)
    said = [line.partition(" s  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert said == ["synthesizing the stacks", "deploying 2 stacks", "acme-x: deployed"]


def test_a_pipe_gets_lines() -> None:
    assert isinstance(display(), Lines)


def test_on_a_terminal_stacks_and_resources_are_counted() -> None:
    terminal = io.StringIO()
    with Bars(Console(file=terminal, force_terminal=True, width=120)) as shown:
        shown.step("synthesizing the stacks")
        shown.stacks(("acme-x", "acme-y"))
        shown.moved(DEPLOYING)
    assert "0 of 2 stacks, 3 of 84 resources  acme-x" in terminal.getvalue()


def test_what_was_shown_on_a_terminal_is_taken_off_again() -> None:
    terminal = io.StringIO()
    with Bars(Console(file=terminal, force_terminal=True, width=120)) as shown:
        shown.step("synthesizing the stacks")
    assert terminal.getvalue().endswith("\x1b[2K")  # the cursor is back on an empty first line


def test_an_event_before_the_stacks_are_known_is_no_error() -> None:
    with Bars(Console(file=io.StringIO(), force_terminal=True)) as shown:
        shown.moved(DEPLOYING)
