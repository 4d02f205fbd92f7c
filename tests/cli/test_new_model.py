"""`new-model` and `update-model` at the command line: what they print, how they end, and what they leave."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Done, run
from tests.conftest import ROOT

PLATFORM = str(ROOT / "platform.yaml")


def mlops_stages(directory: Path, *arguments: str) -> Done:
    return run([sys.executable, "-m", "mlops_stages.cli.main", *arguments], directory)


def new_model(directory: Path, name: str, *arguments: str) -> Done:
    return mlops_stages(directory, "new-model", name, *arguments, "--platform", PLATFORM)


def test_a_new_model_says_what_comes_next(tmp_path: Path) -> None:
    done = new_model(tmp_path, "arrivals/late-arrival", "late-arrival")
    assert (done.code, done.err) == (0, "")
    first, _, rest = done.out.partition("\n")
    assert first.startswith("Made late-arrival, ")
    assert first.endswith("Next: cd late-arrival && make train")
    assert "from the platform's directory: 7 commands, 2 of them decisions of two people:\n" in rest
    assert f"  mlops-stages train arrivals/late-arrival {tmp_path / 'late-arrival'}\n" in rest
    assert (tmp_path / "late-arrival" / "pipeline" / "definition.lock").exists()


def test_a_directory_with_anything_in_its_name_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    done = new_model(tmp_path, "arrivals/late-arrival", "my models & co")
    assert done.out.partition("\n")[0].endswith("Next: cd 'my models & co' && make train")
    assert f"train arrivals/late-arrival '{tmp_path / 'my models & co'}'\n" in done.out


def test_a_new_model_is_told_to_programs(tmp_path: Path) -> None:
    told = json.loads(new_model(tmp_path, "arrivals/late-arrival", "new", "--json").out)
    assert (told["model"], told["directory"]) == ("arrivals/late-arrival", str(tmp_path / "new"))
    way = told["to_production"]
    assert (way["commands"], way["decisions"]) == (len(way["steps"]), 2)
    assert [step["decides"] for step in way["steps"] if "decides" in step] == ["the first", "the second"]


def test_paths_of_the_way_are_short_in_the_platforms_own_directory(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_bytes((ROOT / "platform.yaml").read_bytes())
    done = mlops_stages(tmp_path, "new-model", "arrivals/late-arrival", "here")
    assert "  mlops-stages train arrivals/late-arrival here\n" in done.out


def test_a_model_without_an_endpoint_is_told_no_way_to_one(tmp_path: Path) -> None:
    done = new_model(tmp_path, "pricing/loan-price", "loan-price")
    assert (done.code, "production" in done.out) == (0, False)


def test_the_platform_file_of_the_current_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_bytes((ROOT / "platform.yaml").read_bytes())
    assert mlops_stages(tmp_path, "new-model", "fraud/card-fraud", "card-fraud").code == 0


def test_a_new_model_says_which_numbers_its_own_repository_lacks(tmp_path: Path) -> None:
    text = (ROOT / "platform.yaml").read_text("utf-8")
    for number in ("2000001", "2000002"):
        text = text.replace(f', owner_id: "1000001", repository_id: "{number}"', "")
    (tmp_path / "platform.yaml").write_text(text, encoding="utf-8")
    done = mlops_stages(tmp_path, "new-model", "arrivals/late-arrival", "late-arrival")
    assert (done.code, done.err) == (0, "")
    note = done.out[done.out.index("\nPLT-501 platform.yaml:") :]
    assert "gh api repos/acme/late-arrival" in note
    assert "fraud-model" not in note


def test_a_platform_file_with_mistakes_tells_them_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("name: Acme\nnonsense: 1\n", encoding="utf-8")
    done = mlops_stages(tmp_path, "new-model", "arrivals/late-arrival", "new")
    assert (done.code, done.out) == (2, "")
    assert "PLT-201 platform.yaml:1" in done.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "code"), [("late-arrival", "MDL-001"), ("arrivals/nothing", "MDL-002"), ("../../etc", "MDL-001")]
)
def test_a_name_that_is_no_models_is_told_without_a_traceback(tmp_path: Path, name: str, code: str) -> None:
    done = new_model(tmp_path, name, "new")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"{code} ")
    assert "Traceback" not in done.err
    assert not (tmp_path / "new").exists()


def test_a_directory_that_holds_something_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = new_model(tmp_path, "arrivals/late-arrival", ".")
    assert (done.code, [path.name for path in tmp_path.iterdir()]) == (2, ["mine.txt"])
    assert done.err.startswith("MDL-004 ")


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = new_model(tmp_path, "arrivals/late-arrival", "file/new")
    assert done.code == 2
    assert done.err.startswith("MDL-005 ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_update_says_file_by_file_what_it_did(tmp_path: Path) -> None:
    new_model(tmp_path, "arrivals/late-arrival", "new")
    record = tmp_path / "new" / ".mlops-stages.json"
    about = json.loads(record.read_text("utf-8"))
    about["rendered"]["README.md"] = "old\n"
    (tmp_path / "new" / "README.md").write_text("old\n", encoding="utf-8")
    record.write_text(json.dumps(about), encoding="utf-8")
    with (tmp_path / "new" / "model_card.md").open("a", encoding="utf-8") as card:
        card.write("ours\n")
    done = mlops_stages(tmp_path, "update-model", "new")
    assert (done.code, done.err) == (0, "")
    assert done.out == "updated: README.md\nkept as you have it: model_card.md\nUpdated new.\n"
    again = mlops_stages(tmp_path / "new", "update-model")
    assert again.out == "kept as you have it: model_card.md\n. is up to date.\n"


def test_an_update_takes_the_models_entry_anew_from_a_platform_file(tmp_path: Path) -> None:
    new_model(tmp_path, "arrivals/late-arrival", "new")
    text = (ROOT / "platform.yaml").read_text("utf-8").replace("minimum: 0.66", "minimum: 0.7")
    (tmp_path / "platform.yaml").write_text(text, encoding="utf-8")
    done = mlops_stages(tmp_path, "update-model", "new", "--platform", "platform.yaml")
    assert done.code == 0, done.err
    assert "updated: model.yaml\n" in done.out
    assert "make compile" not in done.out


def test_an_update_of_what_is_no_model_repository_is_told(tmp_path: Path) -> None:
    done = mlops_stages(tmp_path, "update-model")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("MDL-006 ")


def test_a_pipeline_that_has_to_be_compiled_again_is_said(tmp_path: Path) -> None:
    new_model(tmp_path, "arrivals/late-arrival", "new")
    with (tmp_path / "new" / "pipeline" / "pipeline.py").open("a", encoding="utf-8") as source:
        source.write("# ours\n")
    assert mlops_stages(tmp_path, "update-model", "new").out.endswith("Next: make compile\n")
