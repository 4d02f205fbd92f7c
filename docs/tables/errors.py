"""Every code of an error of the constructs and of the command line.

Those of platform.yaml are the platform model's, those of pipeline definitions stand on their own page.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import mlops_stages
from docs.tables.markdown import code, table
from mlops_stages.review.permissions import CODES as FINDING_CODES
from mlops_stages.runtime.decisions.codes import CODES as DECISIONS_CODES
from mlops_stages.runtime.labels.codes import CODES as LABELS_CODES
from mlops_stages.runtime.ledger.codes import CODES
from mlops_stages.runtime.monitors.codes import CODES as MONITOR_CODES
from mlops_stages.runtime.notices.codes import CODES as NOTICE_CODES
from mlops_stages.runtime.promotion.codes import CODES as PROMOTION_CODES
from mlops_stages.runtime.retraining.codes import CODES as RETRAINING_CODES

PACKAGE = Path(next(iter(mlops_stages.__path__)))
_RAISES = re.compile(
    r"`((?:FND|INI|REP|REL)-\d{3})`\s+(?!to `)(.+?)(?=[;,]\s+`(?:FND|INI|REP|REL)-|:|\.(?:\s|$)|\Z)", re.DOTALL
)
_CONSTRUCT_CODE = re.compile(r"(?:FND|INI|REP|REL)-\d{3}")
_PIPELINE_CODE = re.compile(r"PIP-\d{3}")
_MONITOR_CODE = re.compile(r"MON-\d{3}")
_NOTICE_CODE = re.compile(r"NTC-\d{3}")
_RETRAINING_CODE = re.compile(r"RTR-\d{3}")
_LEDGER_CODE = re.compile(r"LED-\d{3}")
_PROMOTION_CODE = re.compile(r"PRM-\d{3}")
_DECISIONS_CODE = re.compile(r"DEC-\d{3}")
_LABELS_CODE = re.compile(r"LBL-\d{3}")
_PREFLIGHT_CODE = re.compile(r"PRE-0\d{2}")
_COMMAND_CODE = re.compile(r"(?:(?:CLI|DAT|DLV|DRL|LOC|MDL|NODE|REG|SUP)-\d{3}|RVW-0\d{2}|PRE-1\d{2})")
_MESSAGE, _FIX = 2, 3
_SHORT = {"error": "reason", "told": "what the tool says", "some": "some that are there", "executable": "python"}
_SAID = {
    "LOC-033": "interrupted; what is left running is said",
    "LOC-034": "the local AWS cannot be started: &lt;reason&gt;",
}
"""Where the source has no text of its own."""
_FILLED_IN = "&lt;what the tool says&gt;"


def construct_codes() -> str:
    """The codes that constructs raise in someone's own app: when it is raised from the docstrings, and the message."""
    said: dict[str, list[str]] = {}
    meanings: dict[str, str] = {}
    owners: dict[str, list[str]] = {}
    for path in sources("foundation", "initial", "repeatable", "serving", "reliable"):
        for owner in ast.parse(path.read_text("utf-8")).body:
            if isinstance(owner, ast.ClassDef | ast.FunctionDef):
                documented = dict(_documented(owner))
                for name, message in _raised(owner):
                    told = said.setdefault(name, [])
                    told += [message] if message not in told else []
                    if not owner.name.startswith("_"):
                        documented.setdefault(name, "")
                for name, meaning in documented.items():
                    if meaning:
                        meanings.setdefault(name, meaning)
                    if not owner.name.startswith("_"):
                        owners.setdefault(name, []).append(owner.name)
    return table(
        ("code", "raised", "what it says", "by"),
        (
            (
                name,
                meanings.get(name, ""),
                "; or ".join(said.get(name, ())).replace(_FILLED_IN, "..."),
                ", ".join(map(code, owners.get(name, ()))),
            )
            for name in sorted(meanings.keys() | said.keys())
        ),
    )


def command_codes() -> str:
    """The codes of commands, from the places where they are raised."""
    found: dict[str, tuple[list[str], str]] = {}
    for path in (
        *sources("cli", "delivery", "drill", "local", "model_repository", "review", "runtime", "supply_chain"),
        PACKAGE / "layers.py",
        PACKAGE / "node.py",
        PACKAGE / "protected_stacks.py",
    ):
        for name, meaning, fix in _user_errors(path):
            meanings, _ = found.setdefault(name, ([], fix))
            if meaning not in meanings:
                meanings.append(meaning)
    return table(
        ("code", "what is wrong", "what to do"),
        ((name, _SAID.get(name, "; or ".join(meanings)), fix) for name, (meanings, fix) in sorted(found.items())),
    )


def permission_findings() -> str:
    """The codes of what becomes broader."""
    return table(("code", "finding"), ((name, meaning) for name, meaning in FINDING_CODES.items()))


def monitor_codes() -> str:
    """The codes of monitors: why a figure is not calculated."""
    return table(
        ("code", "what is wrong", "what to do"),
        ((each.code, each.meaning, each.fix) for each in MONITOR_CODES.values()),
    )


def monitor_codes_in_sources() -> frozenset[str]:
    """Every code of monitors that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _MONITOR_CODE.findall(path.read_text("utf-8")))


def notice_codes() -> str:
    """The codes of notices: why somebody is not told."""
    return table(
        ("code", "what is wrong", "what to do"),
        ((each.code, each.meaning, each.fix) for each in NOTICE_CODES.values()),
    )


def notice_codes_in_sources() -> frozenset[str]:
    """Every code of notices that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _NOTICE_CODE.findall(path.read_text("utf-8")))


def retraining_codes() -> str:
    """The codes of retraining: why no candidate is trained, or none follows."""
    return table(
        ("code", "what is wrong", "what to do"),
        ((each.code, each.meaning, each.fix) for each in RETRAINING_CODES.values()),
    )


def retraining_codes_in_sources() -> frozenset[str]:
    """Every code of retraining that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _RETRAINING_CODE.findall(path.read_text("utf-8")))


def ledger_codes() -> str:
    """The codes of a model's ledger: why nothing is written, and what a check finds."""
    return table(
        ("code", "what is wrong", "what to do"), ((each.code, each.meaning, each.fix) for each in CODES.values())
    )


def ledger_codes_in_sources() -> frozenset[str]:
    """Every code of the ledger that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _LEDGER_CODE.findall(path.read_text("utf-8")))


def promotion_codes() -> str:
    """The codes of a model's promotion: why it does not begin, stops, or goes back."""
    return table(
        ("code", "what is wrong", "what to do"),
        ((each.code, each.meaning, each.fix) for each in PROMOTION_CODES.values()),
    )


def promotion_codes_in_sources() -> frozenset[str]:
    """Every code of a promotion that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _PROMOTION_CODE.findall(path.read_text("utf-8")))


def decisions_codes() -> str:
    """The codes of an endpoint's decisions: why an hour is not read, and why a captured line is in quarantine."""
    return table(
        ("code", "what is wrong", "what to do"),
        ((each.code, each.meaning, each.fix) for each in DECISIONS_CODES.values()),
    )


def decisions_codes_in_sources() -> frozenset[str]:
    """Every code of decisions that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _DECISIONS_CODE.findall(path.read_text("utf-8")))


def labels_codes() -> str:
    """The codes of labels: why a day is not read, and why a line is in quarantine."""
    return table(
        ("code", "what is wrong", "what to do"),
        ((each.code, each.meaning, each.fix) for each in LABELS_CODES.values()),
    )


def labels_codes_in_sources() -> frozenset[str]:
    """Every code of labels that the sources name anywhere."""
    return frozenset(name for path in sources("runtime") for name in _LABELS_CODE.findall(path.read_text("utf-8")))


def codes_in_sources() -> frozenset[str]:
    """Every code that the sources name anywhere."""
    pattern = re.compile(rf"{_CONSTRUCT_CODE.pattern}|{_COMMAND_CODE.pattern}")
    return frozenset(
        name for path in sorted(PACKAGE.rglob("*.py")) for name in pattern.findall(path.read_text("utf-8"))
    )


def pipeline_codes_in_sources() -> frozenset[str]:
    """Every code of pipeline definitions that the sources name anywhere."""
    return frozenset(
        name for path in sorted(PACKAGE.rglob("*.py")) for name in _PIPELINE_CODE.findall(path.read_text("utf-8"))
    )


def preflight_codes_in_sources() -> frozenset[str]:
    """Every code of what a preflight finds that the sources name anywhere."""
    return frozenset(
        name for path in sorted(PACKAGE.rglob("*.py")) for name in _PREFLIGHT_CODE.findall(path.read_text("utf-8"))
    )


def sources(*folders: str) -> Iterator[Path]:
    """The modules of these parts of the library."""
    for folder in folders:
        yield from sorted((PACKAGE / folder).rglob("*.py"))


def _documented(owner: ast.ClassDef | ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """The codes in the docstrings of a class, its methods, or a function."""
    for node in ast.walk(owner):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            text = " ".join((ast.get_docstring(node) or "").split())
            yield from _RAISES.findall(text)


def _raised(owner: ast.ClassDef | ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """The codes that messages start with, and the message without what stands before its first colon."""
    for node in ast.walk(owner):
        if isinstance(node, ast.JoinedStr):
            text = _text(node)
            found = _CONSTRUCT_CODE.match(text)
            if found:
                yield found[0], text[found.end() :].removeprefix(": ").split(">: ")[-1].split("&gt;: ")[-1]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RefusedError":
            name, _, wrong, fix = node.args
            yield _text(name), f"{_text(_assigned(owner, wrong))}; {_text(_assigned(owner, fix))}"


def _assigned(owner: ast.AST, value: ast.expr) -> ast.expr:
    """What a name stands for where it is used: the text that was assigned to it last before; if any."""
    if not isinstance(value, ast.Name):
        return value
    before = [
        node
        for node in ast.walk(owner)
        if isinstance(node, ast.Assign)
        and node.lineno < value.lineno
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == value.id
    ]
    last = max(before, key=lambda node: node.lineno, default=None)
    return last.value if last is not None and isinstance(last.value, ast.Constant | ast.JoinedStr) else value


def _user_errors(path: Path) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and len(node.args) > _FIX and isinstance(node.args[0], ast.Constant)):
            continue
        name = node.args[0].value
        if isinstance(name, str) and _COMMAND_CODE.fullmatch(name):
            yield name, _text(node.args[_MESSAGE]), _text(node.args[_FIX])


def _text(node: ast.expr) -> str:
    """Return a message as it stands in the source, what it fills in between angle brackets."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(_text(part) for part in node.values)
        case ast.FormattedValue():
            return f"&lt;{_name(node.value)}&gt;"
        case ast.BinOp():
            return _text(node.left) + _text(node.right)
        case _:
            return f"&lt;{_name(node)}&gt;"


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return _SHORT.get(node.id, node.id)
        case ast.Attribute():
            return _SHORT.get(node.attr, node.attr)
        case ast.Subscript(slice=ast.Constant(value=key)):
            return str(key)
        case _:
            return "reason" if ast.unparse(node) == "str(error)" else "what the tool says"
