"""Compile the template's pipeline anew: `python -m tests.model_repository.compile_template PYTHON_WITH_SAGEMAKER`.

For maintainers, after a change of the template's pipeline.py, compile.py or model.yaml. It needs the SageMaker SDK,
which no test does. The pipeline is compiled once with the template's own expressions as answers; what comes of it is
definition.json.jinja.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from mlops_stages.model_repository import answers_for, rendered
from mlops_stages.model_repository.rendering import write
from mlops_stages.platform import load

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "constructs" / "mlops_stages" / "model_repository" / "template"
REFERENCE = "arrivals/late-arrival"
NAMES = ("team", "model", "metric", "artifacts_bucket", "pipelines_bucket", "image")
BOUND = 0.123456789
"""Stands for the bound, a number, which cannot be an expression."""


def main(python: str) -> None:
    """Write definition.json.jinja and the reference model's definition."""
    answers = answers_for(load(ROOT / "platform.yaml"), REFERENCE)
    as_expressions = answers.model_copy(update={"bound": BOUND} | {name: f"[[ {name} ]]" for name in NAMES})
    text = compiled(python, rendered(as_expressions))
    text = text.replace(str(BOUND), "[[ bound ]]").replace('"GreaterThanOrEqualTo"', '"[[ condition ]]"')
    (TEMPLATE / "pipeline" / "definition.json.jinja").write_text(text, encoding="utf-8")
    definition = rendered(answers)["pipeline/definition.json"]
    if compiled(python, rendered(answers)) != definition:
        raise SystemExit("the rendered definition is not what its repository compiles to")
    (ROOT / "pipelines" / "late-arrival.json").write_text(definition, encoding="utf-8")


def compiled(python: str, files: dict[str, str]) -> str:
    """What a repository of these files compiles to."""
    with TemporaryDirectory() as folder:
        write(Path(folder), files)
        subprocess.run([python, "pipeline/compile.py"], cwd=folder, check=True)
        return Path(folder, "pipeline", "definition.json").read_text("utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
