"""Every acknowledged finding of the rule packs, with its reason."""

import re

from docs.tables.assembly import Assembly, Finding
from docs.tables.markdown import code, table

_RESOURCE = re.compile(r"^[\w.]+-(\w+)(?:\[Resource::(.+)\])?$")
_REFERENCE = re.compile(r"<\w+?(Confidential|Internal|Public|Restricted)\w*\.Arn>")


def findings(assembly: Assembly) -> str:
    """One row for a rule, a place and a reason; the same place of several teams is one."""
    rows: dict[tuple[str, str], tuple[list[str], list[str], list[str]]] = {}
    for finding in assembly.findings:
        rule, resource = _parts(finding)
        packs, places, resources = rows.setdefault((rule, finding.reason), ([], [], []))
        for known, new in ((packs, finding.pack), (places, _place(finding.path)), (resources, resource)):
            if new and new not in known:
                known.append(new)
    return table(
        ("rule", "packs", "where", "which wildcard", "reason"),
        (
            (
                code(rule),
                ", ".join(packs),
                ", ".join(map(code, places)),
                ", ".join(map(code, resources)),
                reason,
            )
            for (rule, reason), (packs, places, resources) in sorted(rows.items())
        ),
    )


def _parts(finding: Finding) -> tuple[str, str]:
    found = _RESOURCE.match(finding.rule)
    if found is None:
        return finding.rule, ""
    wildcard = _REFERENCE.sub(lambda m: f"{m[1].lower()} bucket", found[2] or "")
    wildcard = wildcard.replace("<aws:PrincipalTag/team>", "TEAM").replace("<aws:PrincipalTag/person>", "PERSON")
    return found[1], re.sub(r"^arn:aws:(\w+):[\w-]*:\d*:", r"\1:", wildcard)


def _place(path: str) -> str:
    stack, _, rest = path.partition("/")
    inside = rest.removesuffix("/Resource").removesuffix("/Policy")
    return f"team/{inside.removeprefix('Team/')}" if "-team-" in stack else f"account/{inside.removeprefix('Account/')}"
