"""Writes the tables of the pages anew: `python -m docs.generate`, in the repository's root.

A table stands between `<!-- made: NAME -->` and `<!-- end: NAME -->`; what is around it is written by hand.
docs/platform-file.md is made whole, by the platform model; so are the policies docs/deploy-policy-*.json.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from mlops_stages.node import use_bundled_node

use_bundled_node()  # before anything imports the CDK

from docs.tables import (  # noqa: E402
    administrators,
    costs,
    crossing,
    deploy_policies,
    duties,
    endpoints,
    errors,
    findings,
    guardrails,
    keys,
    local_aws,
    permissions,
    pipelines,
    preflight,
    promotion_states,
    stays,
    threat_model,
    way,
    work,
)
from docs.tables.assembly import Assembly  # noqa: E402
from mlops_stages.platform import Platform, load  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PAGES = tuple(
    f"docs/{name}.md"
    for name in (
        "deploy-policies",
        "errors",
        "findings",
        "local-aws",
        "network-and-costs",
        "permission-changes",
        "permissions",
        "pipelines",
        "preflight",
        "promotion",
        "removing",
        "security",
        "several-accounts",
        "threat-model",
        "work",
    )
)
COMMAND = "python -m docs.generate"
_BLOCK = re.compile(r"(<!-- made: ([\w-]+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)

TABLES: dict[str, Callable[[Assembly], str]] = {
    "administrators": lambda _: administrators.administrators(),
    "assets": lambda _: threat_model.assets(),
    "behaviours": lambda _: local_aws.behaviours(),
    "capabilities": lambda _: permissions.capabilities(),
    "command-codes": lambda _: errors.command_codes(),
    "construct-codes": lambda _: errors.construct_codes(),
    "costs": costs.costs,
    "crossing": lambda assembly: crossing.crossing(assembly, _reference()),
    "deploy-policies": lambda _: deploy_policies.deploy_policies(),
    "deploy-unneeded": lambda _: deploy_policies.deploy_unneeded(),
    "decisions-codes": lambda _: errors.decisions_codes(),
    "duties": lambda _: duties.duties(),
    "duty-statements": lambda _: duties.duty_statements(),
    "elsewhere": lambda _: guardrails.elsewhere(),
    "endpoints": endpoints.endpoints,
    "findings": lambda assembly: findings.findings(assembly, _reference()),
    "guardrails": guardrails.guardrails,
    "hidden": lambda _: local_aws.hidden(),
    "keys": keys.keys,
    "monitor-codes": lambda _: errors.monitor_codes(),
    "labels-codes": lambda _: errors.labels_codes(),
    "notice-codes": lambda _: errors.notice_codes(),
    "retraining-codes": lambda _: errors.retraining_codes(),
    "ledger-codes": lambda _: errors.ledger_codes(),
    "permission-findings": lambda _: errors.permission_findings(),
    "promotion-codes": lambda _: errors.promotion_codes(),
    "one-approval-states": lambda _: promotion_states.one_approval_states(),
    "promotion-states": lambda _: promotion_states.promotion_states(),
    "not-stopped": lambda _: threat_model.remains(),
    "other-steps": lambda _: pipelines.other_steps(),
    "personas": lambda _: permissions.personas(),
    "preflight-checks": lambda _: preflight.checks(),
    "pipeline-codes": lambda _: pipelines.pipeline_codes(),
    "pipeline-conditions": lambda _: pipelines.conditions(),
    "pipeline-executions": lambda _: pipelines.execution_values(),
    "pipeline-retries": lambda _: pipelines.retries(),
    "stays": stays.stays,
    "step-fields": lambda _: pipelines.step_fields(),
    "threats": lambda _: threat_model.threats(),
    "types": lambda _: local_aws.types(),
    "way-back": lambda _: way.back(_reference()),
    "way-to-production": lambda _: way.to_production(_reference()),
    "work": work.work,
}

FILES: dict[str, Callable[[], str]] = {"docs/preflight-policy.json": preflight.policy}
"""Files that are made whole, beside the pages."""


def _reference() -> Platform:
    return load(ROOT / "platform.yaml")


def renewed(text: str, assembly: Assembly) -> str:
    """Return a page with its tables made anew."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{TABLES[block[2]](assembly)}\n\n{block[3]}", text)


def tables_in(text: str) -> tuple[str, ...]:
    """The names of the tables in a page."""
    return tuple(block[2] for block in _BLOCK.finditer(text))


def main() -> None:
    """Synthesize the reference organization, and write every page that changes."""
    from stacks.platform_app import platform_app

    for name, policy in deploy_policies.policies().items():
        (ROOT / "docs" / name).write_text(deploy_policies.text(policy), encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        platform_app(_reference(), outdir=directory).synth()
        assembly = Assembly(Path(directory), _reference())
        for name in PAGES:
            path = ROOT / name
            before = path.read_text("utf-8")
            after = renewed(before, assembly)
            if after != before:
                path.write_text(after, encoding="utf-8")
        for name, made in FILES.items():
            (ROOT / name).write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
