"""How a mistake is told."""

from collections.abc import Callable
from itertools import count

import pytest

from mlops_stages.platform import PlatformError, PlatformErrors
from mlops_stages.platform.errors import MOST, Fault, Source, path_text, shown

Errors = Callable[[str], tuple[PlatformError, ...]]


def test_an_error_prints_its_code_place_cause_and_fix() -> None:
    error = PlatformError("PLT-105", "platform.yaml", 12, "teams[0].budget.monthly_usd", "0 is too small.", "Write 1.")
    assert str(error) == "PLT-105 platform.yaml:12: teams[0].budget.monthly_usd\n  0 is too small.\n  fix: Write 1."


def test_an_error_without_a_place_prints_what_it_has() -> None:
    assert str(PlatformError("PLT-001", None, None, "", "Missing.", "Add.")) == "PLT-001\n  Missing.\n  fix: Add."
    assert str(PlatformError("PLT-001", "a.yaml", None, "", "Missing.", "Add.")).startswith("PLT-001 a.yaml\n")
    assert str(PlatformError("PLT-001", None, None, "name", "Missing.", "Add.")).startswith("PLT-001 name\n")


def test_errors_are_told_in_the_order_of_the_file(minimal: str, errors: Errors) -> None:
    text = minimal.replace("cost_center: ", "cost_centre: ").replace("eu-central-1", "eu-central-9") + "zzz: 1\n"
    assert [(error.line, error.code) for error in errors(text)] == [(3, "PLT-202"), (6, "PLT-101"), (11, "PLT-101")]


def test_the_line_of_a_list_item_is_its_own(minimal: str, errors: Errors) -> None:
    text = minimal.replace("[ann@tiny.example]", "\n    - ann@tiny.example\n    - nobody\n")
    (error,) = errors(text)
    assert (error.line, error.path) == (12, "people.platform_engineers[1]")


def test_what_is_missing_has_the_line_of_what_should_hold_it(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace('  experimentation: "012345678901"', '  data: "012345678901"'))
    assert (error.code, error.line, error.path) == ("PLT-301", 7, "accounts.experimentation")


def test_a_fault_without_a_fix_of_its_own_has_that_of_its_code() -> None:
    (error,) = Source().errors([Fault("PLT-008", ("name",), "Twice.")]).errors
    assert error.fix == "Keep one of the two."


def test_a_path_is_written_as_people_write_it() -> None:
    assert path_text(("teams", 0, "budget", "notify", 2)) == "teams[0].budget.notify[2]"
    assert path_text(("tags", "corp:owner")) == "tags.'corp:owner'"
    assert path_text(()) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "'plain'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("\u202e", "'\\u202e'"),
        ("\ud800", "'\\ud800'"),
        ("é", "'é'"),
        ("x" * 61, f"'{'x' * 60}...'"),
        (True, "true"),
        (None, "nothing"),
        (10**39, f"1{'0' * 39}"),
        ({}, "a map"),
        ([], "a list"),
    ],
)
def test_a_value_is_shown_short_and_harmless(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_report_counts_what_it_does_not_print() -> None:
    one = PlatformError("PLT-101", "a.yaml", 1, "x", "Unknown.", "Remove it.")
    report = str(PlatformErrors([one] * 103))
    assert report.count("PLT-101") == 100
    assert report.endswith("\n\n... and 3 more.")


def test_a_report_of_a_part_says_that_there_is_more() -> None:
    one = PlatformError("PLT-101", "a.yaml", 1, "x", "Unknown.", "Remove it.")
    assert str(PlatformErrors([one] * 103, more=True)).endswith("... and 3 more, and others that were not looked for.")
    assert str(PlatformErrors([one], more=True)).endswith("\n\n... and more.")


def test_no_more_faults_are_worded_than_are_told() -> None:
    endless = (Fault("PLT-101", ("x",), "Unknown.") for _ in count())
    found = Source().errors(endless)
    assert (len(found.errors), found.more) == (MOST, True)
    assert not Source().errors([Fault("PLT-101", (), "Unknown.")] * MOST).more
