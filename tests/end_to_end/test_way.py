"""The printed commands, word by word: a version comes to production, and a bad one is sent back by its canary.

`up` has run, and the version that it left waiting is released as printed. The bad version goes the whole way, from a
repository of its own, by the same commands.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from mlops_stages.cli.way import Step, back, to_production
from tests.end_to_end.conftest import ROOT, PlatformUp
from tests.end_to_end.releases import Inbox, Releases
from tests.local.laboratory import until

NAME = "arrivals/late-arrival"
BAD = "../late-arrival-bad"


def typed(up: PlatformUp, step: Step) -> subprocess.CompletedProcess[str]:
    """What becomes of a command that a person pastes into a shell, in the platform's directory."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PYTHONPATH": str(ROOT / "constructs"), "PATH": path, "HOME": str(up.home), "COLUMNS": "300"}
    return subprocess.run(
        ["sh", "-c", step.command],
        cwd=up.directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def told(up: PlatformUp, *words: str) -> Any:  # noqa: ANN401 - JSON
    done = up.run(*words, NAME, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


BUSY = ("PRM-053 staging: load: p99", "the answer is 503, not ")
"""How staging says that this machine was too busy: slower than promised, or more requests under way than it takes."""


def tried(up: PlatformUp, follow: Step) -> None:
    """Have staging test a version; once more where this machine was too busy for it."""
    for left in (2, 1, 0):
        done = typed(up, follow)
        if done.returncode == 0:
            return
        assert left, done.stdout
        assert any(sign in done.stdout for sign in BUSY), done.stdout + done.stderr
        again(up)


def again(up: PlatformUp) -> None:
    """Have the newest approved version promoted again."""
    asked = up.run("promote", NAME, "--as", "flora-king")
    assert asked.returncode == 0, asked.stderr


def rollbacks(up: PlatformUp, package: str) -> list[dict[str, Any]]:
    """What the ledger says of a version that was sent back."""
    lines = [json.loads(line) for line in up.run("ledger", "show", NAME, "--json").stdout.splitlines()]
    kept = [line["record"]["body"] for line in lines if line.get("record", {}).get("kind") == "rolled-back"]
    return [body for body in kept if body["from_package_arn"] == package]


def test_the_printed_commands_lead_to_production_and_send_a_bad_version_back(promotions: PlatformUp) -> None:
    up = promotions
    team = up.platform.team("arrivals")
    model = next(each for each in team.models if each.name == "late-arrival")
    *_, first, release, arrive, invoke = to_production(up.platform, team, model, "../late-arrival")
    before = told(up, "releases")
    if not before["waiting"] and before["production"] is None:
        again(up)
        tried(up, first)
    if told(up, "releases")["waiting"]:
        for step in (release, arrive):
            done = typed(up, step)
            assert done.returncode == 0, f"{step.command}\n{done.stderr}"
    serves = told(up, "releases")["production"]
    answered = typed(up, invoke)
    assert f"20 answered by {package(up, serves)}" in answered.stdout, answered.stderr

    inbox = Inbox(Releases(up))
    make, break_it, train, approve, follow, release, send, releases, ledger = back(team, model, BAD)
    for step in (make, break_it, train, approve):
        done = typed(up, step)
        assert done.returncode == 0, f"{step.command}\n{done.stdout}{done.stderr}"
    tried(up, follow)
    assert typed(up, release).returncode == 0
    sent = typed(up, send)
    assert sent.returncode == 1, sent.stderr
    assert "an alarm of AutoRollbackConfiguration went off" in sent.stdout
    failed = int(sent.stdout.split()[-2])
    assert 0 < failed < int(sent.stdout.rpartition("sent ")[2].split()[0]) / 2, "the old version answered the others"

    after = told(up, "releases")
    bad = after["attempts"][0]
    assert (after["production"], bad["status"]) == (serves, "failed")
    assert int(bad["version"]) > int(serves["version"])
    (gone_back,) = until(lambda: rollbacks(up, package(up, bad)))
    assert (gone_back["cause"], gone_back["package_arn"]) == ("alarm", package(up, serves))
    assert inbox.subjects(int(bad["version"]))[-1] == f"v{bad['version']} went back"
    assert f"Production: v{serves['version']} serves" in inbox.said()
    assert typed(up, releases).stdout.startswith(f"production  v{serves['version']} since ")
    shown = typed(up, ledger).stdout.splitlines()
    assert f"version {serves['version']}: " in "\n".join(shown)
    assert not any(line.startswith(f"version {bad['version']}: ") for line in shown), "it never came to production"
    assert f"20 answered by {package(up, serves)}" in typed(up, invoke).stdout


def package(up: PlatformUp, held: dict[str, Any]) -> str:
    """The ARN of the version that something is about."""
    return up.platform.addresses.packages("arrivals", "late-arrival").removesuffix("*") + str(held["version"])
