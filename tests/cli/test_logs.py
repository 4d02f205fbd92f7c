"""`logs`: what it refuses before it asks anybody; with a trained model it is tested in tests/end_to_end."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Project


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("arrivals/nothing", "CLI-014"),
        ("nobody --job x", "CLI-039"),
        ("arrivals --job x --step Train", "CLI-038"),
        ("arrivals --job x --execution y", "CLI-038"),
        ("arrivals/late-arrival", "CLI-010"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(reference: Project, words: str, code: str) -> None:
    done = reference.run("logs", *words.split())
    assert (done.code, done.out, done.err.split()[0]) == (1 if code == "CLI-010" else 2, "", code)


def test_on_aws_without_credentials_the_way_to_them_is_told(reference: Project) -> None:
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
    home = {"HOME": str(reference.directory), "AWS_CONFIG_FILE": "/dev/null"}
    done = reference.run("logs", "--aws", "arrivals/late-arrival", **nowhere, **home)
    assert (done.code, done.out, done.err.split()[0]) == (1, "", "CLI-035")
    assert "Traceback" not in done.err
