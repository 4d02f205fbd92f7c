"""The honesty report: what templates declare against what the API then describes, property by property.

Every declared property of every live resource lands in exactly one class: held, accepted but not emulated, or
unchecked. What is held but not enacted (a flow log records no packet) is said besides. Client side only: it sees the
local AWS as any other client does.
"""

from __future__ import annotations

import json
import urllib.error
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from threading import Event, Thread
from typing import Any, cast

from mlops_stages.local import refusals
from mlops_stages.local.client.inventory import is_toolkit
from mlops_stages.local.client.readers import BEHAVIOURS, READERS
from mlops_stages.local.client.readers.api import Api, Clients, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import NOT_DESCRIBED, verdicts
from mlops_stages.local.endpoint import Endpoint

WORKERS = 8
"""Calls in flight; the server answers one at a time, so more would only wait."""


class HonestyError(Exception):
    """The report could not be made: the local AWS did not say what is declared."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A property that the local AWS took and does not show as declared."""

    type: str
    property: str
    resources: int
    reason: str
    example: str


@dataclass(frozen=True, kw_only=True)
class Unchecked:
    """A property that was not compared, and why."""

    type: str
    property: str
    resources: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What the local AWS keeps of a type but does not do."""

    type: str
    resources: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """The report: counts of held properties by type, and every other property by name."""

    resources: int
    held: Mapping[str, int]
    accepted: tuple[Accepted, ...]
    unchecked: tuple[Unchecked, ...]
    behaviours: tuple[Behaviour, ...]

    @property
    def declared(self) -> int:
        """How many properties the templates declare: the sum of the three classes."""
        rest = sum(item.resources for item in (*self.accepted, *self.unchecked))
        return sum(self.held.values()) + rest

    def to_json(self) -> dict[str, Any]:
        """Return the report as data for `--json`."""
        return {"declared": self.declared, **asdict(self)}

    def lines(self) -> list[str]:
        """Return the report as plain lines, one an exception, for people."""
        held = sum(self.held.values())
        said = [f"{self.resources} resources, {self.declared} declared properties: {held} held as declared"]
        for item in self.accepted:
            said.append(f"  accepted, not emulated: {item.type} {item.property} ({item.resources}): {item.reason}")
            said.append(f"    {item.example}")
        said += [f"  unchecked: {i.type} {i.property} ({i.resources}): {i.reason}" for i in self.unchecked]
        said += [f"  kept, not enacted: {i.type} ({i.resources}): {i.note}" for i in self.behaviours]
        return said


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """One property of one resource that is not known to be held."""

    type: str
    property: str
    checked: bool
    reason: str
    example: str


_Place = tuple[str, str, str, str]
_Judgement = tuple[int, list[_Finding]]
"""How many properties of a resource are held, and the others."""


class Comparison:
    """What the live resources of a local AWS declare against what it describes; each is asked about once."""

    def __init__(self, endpoint: Endpoint, clients: Clients | None = None) -> None:
        self.endpoint = endpoint
        self._clients = clients or Clients(endpoint)
        self._judged: dict[_Place, tuple[Resource, _Judgement]] = {}

    def report(self) -> Report:
        """Compare every live resource that is new, or declared otherwise than when it was asked about before.

        Raises HonestyError where it is no local AWS, or not running.
        """
        return self.compare(declared(self.endpoint))

    def compare(self, known: list[Resource]) -> Report:
        """Compare these resources with what the API describes."""
        self._look(known, Event())
        return _reported([(resource, self._judged[_place(resource)][1]) for resource in known])

    @contextmanager
    def ahead(self) -> Generator[None]:
        """Compare beside what is done in the block, and stop with it, so that the report has less to wait for."""
        enough = Event()
        looking = Thread(target=self._look_ahead, args=(enough,), daemon=True)
        looking.start()
        try:
            yield
        finally:
            enough.set()
            looking.join()

    def _look_ahead(self, enough: Event) -> None:
        with suppress(HonestyError):  # the report says so
            self._look(declared(self.endpoint), enough)

    def _look(self, known: list[Resource], enough: Event) -> None:
        left = [each for each in known if self._judged.get(_place(each), (None,))[0] != each]
        for resource, judgement in zip(left, _judgements(left, self._clients, enough), strict=True):
            if judgement is not None:
                self._judged[_place(resource)] = (resource, judgement)


def declared(endpoint: Endpoint) -> list[Resource]:
    """Ask a local AWS for what CloudFormation last resolved for each live resource, the CDK's bootstrap left out."""
    url = f"{endpoint.url}/_mlops-stages/declared"
    try:
        with endpoint.opener().open(url, timeout=60) as answer:
            items = cast("list[dict[str, Any]]", json.load(answer)["resources"])
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        raise HonestyError(f"{url} does not answer: {error}") from error
    # The bootstrap's template is the CDK's, not the platform's.
    ours = (item for item in items if not is_toolkit(item["stack"]))
    return [Resource(**{name: item[name] for name in Resource.__dataclass_fields__}) for item in ours]


def _place(resource: Resource) -> _Place:
    return resource.account, resource.region, resource.stack, resource.logical_id


def _judgements(known: list[Resource], clients: Clients, enough: Event) -> list[_Judgement | None]:
    """Return what was found of each resource; None of those that were left when it was enough."""
    apis = {
        where: Api(clients, *where)
        for where in dict.fromkeys((resource.account, resource.region) for resource in known)
    }

    def judge(resource: Resource) -> _Judgement | None:
        return None if enough.is_set() else _judge(apis[resource.account, resource.region], resource)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(judge, known))


def _reported(judged: list[tuple[Resource, _Judgement]]) -> Report:
    held: Counter[str] = Counter()
    findings: list[_Finding] = []
    for resource, (count, found) in judged:
        held[resource.type] += count
        findings.extend(found)
    types = Counter(resource.type for resource, _ in judged)
    return Report(
        resources=len(judged),
        held={name: held[name] for name in sorted(held)},
        accepted=tuple(_accepted(findings)),
        unchecked=tuple(_unchecked(findings)),
        behaviours=tuple(
            Behaviour(type=name, resources=types[name], note=note)
            for name in sorted(types)
            for note in BEHAVIOURS.get(name, ())
        ),
    )


def _judge(api: Api, resource: Resource) -> _Judgement:
    """Return how many properties of a resource are held, and the others."""
    reader = READERS.get(resource.type)
    if reader is None:
        return 0, [_not_checked(resource, name, "no reader for this type") for name in resource.properties]
    held, findings = 0, list[_Finding]()
    described: Properties = {}
    failed: dict[str, _Finding] = {}
    for part in reader.parts:
        wanted = [name for name in part.properties if name in resource.properties]
        if wanted:
            try:
                described |= part.read(api, resource)
            except (refusals.ClientError, refusals.BotoCoreError, KeyError, IndexError, TypeError) as error:
                failed |= {name: _failure(resource, name, error) for name in wanted}
    readable = {name for part in reader.parts for name in part.properties}
    for name, value in resource.properties.items():
        if name in failed:
            findings.append(failed[name])
        elif name in reader.hidden:
            findings.append(_not_checked(resource, name, reader.hidden[name]))
        elif name not in readable:
            findings.append(_not_checked(resource, name, "no reader for this property"))
        else:
            count, found = _compared(resource, reader, name, value, described.get(name))
            held += count
            findings += found
    return held, findings


def _compared(
    resource: Resource, reader: Reader, name: str, value: object, described: object
) -> tuple[int, list[_Finding]]:
    """Judge one property; each path under it counts once, held only where all of its values are."""
    by_path: dict[str, tuple[str, str] | None] = {}
    for path, reason, said in verdicts(value, described, reader.canonical, name):
        if reason is not None or path not in by_path:
            by_path[path] = None if reason is None else (reason, said)
    findings = [
        _Finding(
            type=resource.type,
            property=path,
            checked=True,
            reason=verdict[0],
            example=f"{resource.name}: the API says {verdict[1]}",
        )
        for path, verdict in by_path.items()
        if verdict is not None
    ]
    return len(by_path) - len(findings), findings


def _not_checked(resource: Resource, name: str, reason: str) -> _Finding:
    return _Finding(type=resource.type, property=name, checked=False, reason=reason, example=resource.name)


def _failure(resource: Resource, name: str, error: Exception) -> _Finding:
    """Class a reading that failed: what the API does not know is not emulated, the rest was not checked."""
    if isinstance(error, refusals.ClientError):
        code = refusals.code(error)
        status = refusals.status(error)
        if status == 404 or any(word in code for word in ("NotFound", "NoSuch", "Unknown", "NotExist")):
            example = f"{resource.name}: the API says {code}"
            return _Finding(type=resource.type, property=name, checked=True, reason=NOT_DESCRIBED, example=example)
        return _not_checked(resource, name, f"the API refused to describe it: {code or status}")
    return _not_checked(resource, name, f"reading failed: {type(error).__name__}: {error}")


def _grouped(findings: Iterable[_Finding], *, checked: bool) -> Iterator[tuple[tuple[str, str, str], list[_Finding]]]:
    groups: dict[tuple[str, str, str], list[_Finding]] = {}
    for finding in findings:
        if finding.checked == checked:
            groups.setdefault((finding.type, finding.property, finding.reason), []).append(finding)
    yield from sorted(groups.items())


def _accepted(findings: Iterable[_Finding]) -> Iterator[Accepted]:
    for (name, path, reason), found in _grouped(findings, checked=True):
        yield Accepted(type=name, property=path, resources=len(found), reason=reason, example=found[0].example)


def _unchecked(findings: Iterable[_Finding]) -> Iterator[Unchecked]:
    for (name, path, reason), found in _grouped(findings, checked=False):
        yield Unchecked(type=name, property=path, resources=len(found), reason=reason)
