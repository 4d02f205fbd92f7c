"""Every acknowledged finding of the rule packs, with its reason."""

import re

from docs.tables.assembly import Assembly, Finding
from docs.tables.markdown import code, table
from docs.tables.names import Names
from mlops_stages.platform import Platform

_RESOURCE = re.compile(r"^[\w.]+-(\w+)(?:\[Resource::(.+)\])?$")
_REFERENCE = re.compile(r"<\w+?(Confidential|Internal|Public|Restricted|Artifacts)\w*\.Arn>")


def findings(assembly: Assembly, platform: Platform) -> str:
    """One row for a rule, an account and a reason; the same place of several teams is one."""
    names = Names(platform)
    rows: dict[tuple[str, str, str], tuple[list[str], list[str], list[str]]] = {}
    for finding in assembly.findings:
        rule, resource = _parts(finding, names)
        purpose, place = _place(finding.path, assembly, names)
        packs, places, resources = rows.setdefault((rule, purpose, finding.reason), ([], [], []))
        for known, new in ((packs, finding.pack), (places, place), (resources, resource)):
            if new and new not in known:
                known.append(new)
    return table(
        ("rule", "account", "where", "which wildcard", "reason", "packs"),
        (
            (
                code(rule),
                purpose,
                ", ".join(map(code, places)),
                ", ".join(map(code, resources)),
                reason,
                ", ".join(packs),
            )
            for (rule, purpose, reason), (packs, places, resources) in sorted(rows.items())
        ),
    )


def _parts(finding: Finding, names: Names) -> tuple[str, str]:
    found = _RESOURCE.match(finding.rule)
    if found is None:
        return finding.rule, ""
    wildcard = _REFERENCE.sub(lambda m: f"{m[1].lower()} bucket", found[2] or "")
    wildcard = wildcard.replace("<aws:PrincipalTag/team>", "TEAM").replace("<aws:PrincipalTag/person>", "PERSON")
    return found[1], names.general(re.sub(r"^arn:aws:(\w+):[\w-]*:\d*:", r"\1:", wildcard))


def _place(path: str, assembly: Assembly, names: Names) -> tuple[str, str]:
    """The account, and the construct in it; `team/` for what each team has, `model/` for what each model has."""
    stack, _, rest = path.partition("/")
    inside = rest.removesuffix("/Resource").removesuffix("/Policy").removeprefix("Team/").removeprefix("Account/")
    where = assembly.places[stack]
    whose = "team/" if where.team else "model/" if where.model else ""
    return where.purpose, names.general(f"{whose}{inside}")
