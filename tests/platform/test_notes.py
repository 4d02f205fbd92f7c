"""Notes: what is said of a file that is valid."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mlops_stages.platform import Platform, load
from mlops_stages.platform.notes import numbers_command

TEAM = """
  - name: fraud
    stage: {stage}
    cost_center: "2"
    budget: {{monthly_usd: 5, notify: [bea@tiny.example]}}
    people: {{data_scientists: [bea@tiny.example]}}
    repository: {{provider: {provider}, owner: tiny, name: fraud{numbers}}}
"""
NUMBERS = ', owner_id: "1", repository_id: "2"'


def noted(tmp_path: Path, text: str) -> list[tuple[str, str, int | None]]:
    file = tmp_path / "platform.yaml"
    file.write_text(text, "utf-8")
    platform = load(file)
    assert all(note.file == str(file) for note in platform.notes)
    return [(note.code, note.path, note.line) for note in platform.notes]


def with_team(text: str, *, stage: str = "repeatable", provider: str = "github", numbers: str = "") -> str:
    return f"{text}teams:{TEAM.format(stage=stage, provider=provider, numbers=numbers)}"


def test_a_github_repository_without_its_numbers_is_noted_where_it_is_named(tmp_path: Path, repeatable: str) -> None:
    text = with_team(repeatable)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "repository:" in each)
    assert noted(tmp_path, text) == [("PLT-501", "teams[0].repository", line)]


@pytest.mark.parametrize("given", [{"numbers": NUMBERS}, {"provider": "gitlab"}, {"stage": "initial"}])
def test_nothing_is_noted_where_no_number_is_needed(tmp_path: Path, repeatable: str, given: dict[str, str]) -> None:
    hosts = "code_hosts: [github, gitlab]\n"
    assert noted(tmp_path, with_team(repeatable + hosts, **given)) == []


IDENTITY = "sign_in: {{method: identity_center, users: {{{users}}}}}\n"
USER = "01234567-89ab-cdef-0123-0000000000a1"


def test_people_whom_nobody_assigns_to_studio_are_noted_with_the_command_for_their_ids(
    tmp_path: Path, minimal: str
) -> None:
    text = with_team(minimal + IDENTITY.format(users=""), stage="initial")
    assert noted(tmp_path, text) == [
        ("PLT-502", "sign_in", text.splitlines().index(IDENTITY.format(users="").strip()) + 1)
    ]
    (note,) = load(tmp_path / "platform.yaml").notes
    assert "bea@tiny.example" in note.message
    assert "aws identitystore list-users" in note.fix


@pytest.mark.parametrize("sign_in", [IDENTITY.format(users=f"BEA@tiny.example: {USER}"), "sign_in: {method: iam}\n"])
def test_nobody_is_noted_who_is_assigned_or_comes_otherwise(tmp_path: Path, minimal: str, sign_in: str) -> None:
    assert noted(tmp_path, with_team(minimal + sign_in, stage="initial")) == []


def test_a_platform_made_in_python_has_notes_without_a_line(root: Path) -> None:
    plain = load(root / "tests" / "organizations" / "one_account.yaml").model_dump(mode="json", exclude_none=True)
    platform = Platform.model_validate_json(json.dumps(plain))
    assert [(note.code, note.file, note.line) for note in platform.notes] == [("PLT-501", None, None)]


def test_the_reference_organization_is_noted_for_what_acts_from_a_later_stage_alone(root: Path) -> None:
    notes = load(root / "platform.yaml").notes
    drift = ("PLT-504", "teams[0].models[0].drift")
    assert [(note.code, note.path) for note in notes] == [("PLT-503", "teams"), drift]


MODEL = """    models:
      - {{name: card-fraud, owner: ann@tiny.example, data_classification: internal, {promised}}}
"""


@pytest.mark.parametrize(
    ("promised", "keys"),
    [
        ("sla: {availability_percent: 99, p99_latency_ms: 150}", "`sla`"),
        (
            "rollout: {canary_percent: 10, bake_minutes: 30}, drift: {metric: psi, maximum: 1, every: 1h}",
            "`drift`, `rollout`",
        ),
    ],
)
def test_what_nothing_acts_on_yet_is_noted_once_with_the_stage_that_will(
    tmp_path: Path, minimal: str, promised: str, keys: str
) -> None:
    text = with_team(minimal, stage="initial") + MODEL.format(promised=promised)
    assert noted(tmp_path, text) == [("PLT-503", "teams", text.splitlines().index("teams:") + 1)]
    (note,) = load(tmp_path / "platform.yaml").notes
    assert note.message == f"Nothing acts on {keys} of fraud/card-fraud yet: models serve from stage reliable."


def test_a_model_that_promises_nothing_of_the_kind_is_not_noted(tmp_path: Path, minimal: str) -> None:
    text = with_team(minimal, stage="initial") + MODEL.format(promised="quality: {metric: auc, minimum: 0.9}")
    assert noted(tmp_path, text) == []


def test_what_the_command_prints_can_be_put_into_the_file(tmp_path: Path, repeatable: str) -> None:
    """With gh itself where it is, or jq; elsewhere by the words of its filter."""
    command = numbers_command("tiny/fraud")
    assert command.startswith("gh api repos/tiny/fraud --jq '")
    answer = json.dumps({"id": 2, "owner": {"id": 1}})
    script = command.partition("--jq ")[2]
    jq = shutil.which("jq")
    if jq is not None:
        printed = subprocess.run(
            ["sh", "-c", f"jq -r {script}"], input=answer, text=True, capture_output=True, check=True
        )
        text = printed.stdout.strip()
    else:
        text = script.strip("'").strip('"').replace('\\"', '"').replace("\\(.owner.id)", "1").replace("\\(.id)", "2")
    assert text == 'owner_id: "1", repository_id: "2"'
    assert noted(tmp_path, with_team(repeatable, numbers=f", {text}")) == []
