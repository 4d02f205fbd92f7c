"""The lines for a shell, in shells that lead elsewhere; where boto3 then goes is asked of boto3 itself."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_stages.local.client import process
from tests.cli.conftest import Project, python_environment

NOWHERE = "http://127.0.0.1:9"
POLLUTED = {
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_ENDPOINT_URL_STS": NOWHERE,
    "AWS_ENDPOINT_URL_S3": NOWHERE,
    "AWS_ENDPOINT_URL_ORGANIZATIONS": NOWHERE,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_PROFILE": "corp",
    "AWS_DEFAULT_PROFILE": "corp",
    "AWS_SESSION_TOKEN": "left-over",
    "AWS_CA_BUNDLE": "/nonexistent/ca.pem",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "HTTP_PROXY": NOWHERE,
    "http_proxy": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "NO_PROXY": "corp.example",
}
CONFIG = f"""\
[default]
region = us-east-1
ignore_configured_endpoint_urls = true
services = corp
[profile corp]
credential_process = touch {{marker}}
[services corp]
sts =
  endpoint_url = {NOWHERE}
"""
CREDENTIALS = "[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = x\n"
ASK = (
    "import boto3; print(boto3.client('sts').get_caller_identity()['Account'], "
    "*sorted({boto3.client(name).meta.endpoint_url for name in ('sts', 's3', 'organizations')}))"
)


def in_a_polluted_shell(shell: str, project: Project, lines: str) -> subprocess.CompletedProcess[str]:
    """Evaluate what a command prints where everything leads elsewhere; then ask boto3 who it is, and where."""
    home, marker = project.directory / "home", project.directory / "credential-process-ran"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "config").write_text(CONFIG.format(marker=marker), encoding="utf-8")
    (home / ".aws" / "credentials").write_text(CREDENTIALS, encoding="utf-8")
    script = f'set -eu; eval "$({lines})"; {shlex.quote(sys.executable)} -c {shlex.quote(ASK)}'
    done = subprocess.run(
        [shell, "-c", script],
        cwd=project.directory,
        env={**python_environment(), **POLLUTED, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not marker.exists()
    return done


# zsh is not installed everywhere; what is printed is POSIX's own quoting, which it reads alike.
@pytest.mark.parametrize("shell", [name for name in ("sh", "bash", "zsh") if shutil.which(name)])
def test_in_a_shell_that_leads_elsewhere_every_client_goes_to_the_local_aws(project: Project, shell: str) -> None:
    project.run("up")
    running = process.status(project.directory)
    assert running is not None
    done = in_a_polluted_shell(shell, project, shlex.join(project.command("env")))
    assert done.stdout == f"111111111111 {running.endpoint}\n", done.stderr


def test_another_account_is_named_by_its_purpose_or_its_digits(project: Project) -> None:
    project.run("up")
    for account in ("tooling", "222222222222"):
        told = json.loads(project.run("env", "--account", account, "--json").out)
        assert told["variables"]["AWS_ACCESS_KEY_ID"] == "222222222222"
        assert "AWS_PROFILE" in told["unset"]
        assert Path(told["variables"]["CDK_PLUGIN"]).is_file()


def test_an_account_that_the_platform_does_not_name_is_refused(project: Project) -> None:
    done = project.run("env", "--account", "production")
    assert (done.code, done.out) == (2, "false\n")
    assert done.err.startswith("CLI-030 'production'\n")


def test_without_a_local_aws_evaluating_the_lines_fails(project: Project) -> None:
    """Evaluating nothing would succeed, and what follows would go to AWS."""
    for words in (("env",), ("act-as", "fraud/nobody")):
        done = project.run(*words)
        assert done.code != 0
        assert "CLI-01" in done.err
        assert subprocess.run(["sh", "-c", done.out], check=False).returncode == 1
    assert project.run("env", "--json").out == ""


@pytest.mark.parametrize("words", ["--json fraud/ann -- true", "fraud/ann --json -- true"])
def test_json_of_a_command_that_prints_for_itself_is_refused(project: Project, words: str) -> None:
    done = project.run("act-as", *words.split())
    assert (done.code, done.err.split()[0]) == (2, "CLI-031")
