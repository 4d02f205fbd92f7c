"""What an administrator of an account tries: the table, read and completed for an organization with guardrails."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mlops_stages.platform import Platform, Stage
from tests.invariants.statements import as_list
from tests.work.request import Request, request
from tests.work.world import Role, World

FILE = Path(__file__).with_name("tables") / "administrators.yaml"

_KNOWN = frozenset({"tries", "in", "actions", "on", "with", "refused", "refused_by", "possible"})
_OUTCOMES = ("refused", "refused_by", "possible")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request of an administrator's.

    Attributes:
        refused: the statement of the guardrails that denies it; empty where none does.
        is_possible: whether it is allowed all the same.
    """

    tries: str
    refused: str
    is_possible: bool
    request: Request

    def __str__(self) -> str:
        return f"{self.tries}: {self.request.action} on {self.request.resource}"


def read() -> list[dict[str, Any]]:
    """The table, as it is written; each row has one outcome."""
    rows: list[dict[str, Any]] = YAML(typ="safe").load(FILE)  # pyright: ignore[reportUnknownMemberType]
    for row in rows:
        assert not row.keys() - _KNOWN, row
        assert sum(outcome in row for outcome in _OUTCOMES) == 1, row
    return rows


def attempts(world: World, platform: Platform) -> Iterator[Attempt]:
    """Every row for the organization's first team that has a model in the stage of guardrails."""
    team = next(each for each in platform.teams if each.stage >= Stage.REPEATABLE and each.models)
    words = {
        "platform": platform.name,
        "region": platform.region,
        "team": team.name,
        "model": team.models[0].name,
        "classification": str(team.classifications[0]),
        **{str(purpose): account for purpose, account in platform.deployed.items()},
    }
    alias = platform.addresses.data_key_alias(team.name, team.classifications[0])
    words["data-key"] = world.key(alias, words["data"])
    for row in read():
        account = words[row["in"]]
        for resource in as_list(row["on"]):
            for action in row["actions"]:
                yield Attempt(
                    tries=row["tries"],
                    refused=row.get("refused", ""),
                    is_possible="possible" in row,
                    request=request(
                        world,
                        role=_administrator(account),
                        action=action,
                        resource=_filled(resource, words),
                        network=None,
                        given=row.get("with", {}),
                    ),
                )


def _administrator(account: str) -> Role:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return Role(f"arn:aws:iam::{account}:role/Administrator", account, {}, {"everything": everything}, None)


def _filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{([^{}]+)\}", lambda found: words[found[1]], text)
