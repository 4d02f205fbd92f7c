"""What is told of models that were trained."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from mlops_stages.cli.console import VisibleConsole
from mlops_stages.local.client.model_runs import ModelRun
from mlops_stages.terminal import one_line

_METRICS = 4


def print_models(runs: Iterable[ModelRun], console: Console | None = None) -> None:
    """Print the registered package of each model: version, metrics, commit and data."""
    console = console or VisibleConsole()
    for run in runs:
        package = run.package
        how = f"trained in {run.seconds:.1f} s" if run.trained else "registered before, of the same code and data"
        title = f"{run.team}/{run.model} version {package.version}, {package.approval}: {how}"
        console.print(Text(one_line(title), "bold"), soft_wrap=True)
        figures = "  ".join(f"{name} {value:.3f}" for name, value in [*package.metrics.items()][:_METRICS])
        for word, value in (
            ("package", package.arn),
            ("metrics", f"{package.quality}  ({figures})"),
            ("commit", package.commit),
            ("data", package.manifest),
            ("sha-256", package.manifest_sha256),
        ):
            console.print(Text(f"  {word:8} {one_line(value)}"), soft_wrap=True)
