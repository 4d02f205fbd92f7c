"""Rendering: the files of a model repository, from the template beside this module and a model's answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlops_stages.model_repository.answers import Answers
from mlops_stages.templating import templates

TEMPLATE_VERSION = 4
"""Raised whenever a rendered file changes; a repository records the version that it was rendered by."""

RECORD = ".mlops-stages.json"
"""The file in which a repository records its template version, its answers, and what was rendered."""

LOCKS = tuple(f"requirements{kind}.lock" for kind in ("", "-data", "-dev", "-pipeline", "-tools"))
"""Files that the repository's own `make lock` makes of the lists beside them."""

COMPILED = ("pipeline/definition.json", "pipeline/definition.lock", *LOCKS)
"""Files that the repository's own commands make of others: no lines of them are merged."""

_PACKAGE = Path(__file__).resolve().parent
_TEMPLATE = _PACKAGE / "template"
_SHARED = {
    "steps/dataset_manifest.py": _PACKAGE.parent / "runtime" / "dataset_manifest.py",
    "delivery/audit.py": _PACKAGE.parent / "supply_chain" / "audit.py",
    "delivery/lock.py": _PACKAGE.parent / "supply_chain" / "lock.py",
}
"""Code of the library that a repository has a copy of."""
_TEMPLATED = ".jinja"
_HIDDEN = "dot_"
_ONLY_FOR = {".github/workflows/ci.yml": "github", ".gitlab-ci.yml": "gitlab"}


def rendered(answers: Answers) -> dict[str, str]:
    """Return the text of every file by its path, in order; the same answers are the same texts."""
    files = dict(_rendered(answers))
    files |= {name: path.read_text("utf-8") for name, path in _SHARED.items()}
    lock = _lock(files)
    return dict(sorted({**files, "pipeline/definition.lock": lock}.items()))


def record(answers: Answers, files: Mapping[str, str]) -> str:
    """Return the text of the record that a repository keeps of its rendering."""
    about = {"template": TEMPLATE_VERSION, "answers": answers.model_dump(), "rendered": dict(files)}
    return json.dumps(about, indent=1, ensure_ascii=False) + "\n"


def _rendered(answers: Answers) -> Iterator[tuple[str, str]]:
    environment = templates()
    values = {**answers.model_dump(), "condition": answers.condition}
    for path in sorted(_TEMPLATE.rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        parts = path.relative_to(_TEMPLATE).parts
        name = "/".join(part.replace(_HIDDEN, ".", 1) if part.startswith(_HIDDEN) else part for part in parts)
        text = path.read_text("utf-8")
        if name.endswith(_TEMPLATED):
            name, text = name.removesuffix(_TEMPLATED), environment.from_string(text).render(values)
        if _ONLY_FOR.get(name, answers.provider) == answers.provider:
            yield name, text


def checking() -> Any:  # noqa: ANN401 - a module of the template
    """The code that checks a definition in a repository, so that here and there one code decides."""
    spec = spec_from_file_location("mlops_stages_template_check", _TEMPLATE / "pipeline" / "check.py")
    assert spec is not None  # noqa: S101 - the file is part of this package
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lock(files: Mapping[str, str]) -> str:
    with TemporaryDirectory() as folder:
        write(Path(folder), files)
        return checking().lock(Path(folder))


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder, line ends as they are."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
