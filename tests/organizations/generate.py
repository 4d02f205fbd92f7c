"""Organizations of any size, the same for the same numbers; for tests and benchmarks.

`python tests/organizations/generate.py 100 > platform.yaml` prints one of 100 teams, and with `10 repeatable` behind it
one of 10 people a team at that stage.
"""

import sys
from pathlib import Path
from typing import TextIO, cast

from ruamel.yaml import YAML

TEAM_PERSONAS = ("data_scientists", "lead_data_scientists", "data_engineers", "ml_engineers", "business_owners")
FIRST_NAMES = ("ann", "ben", "cem", "dia", "eli", "fay", "gus", "hal", "ida", "joe", "kim", "leo")
LATER_ACCOUNTS = {"development": "171717171718", "tooling": "171717171719", "data": "171717171720"}
SERVING_ACCOUNTS = {"staging": "171717171721", "production": "171717171722"}
CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")


def organization(teams: int, people: int = 10, stage: str = "initial") -> dict[str, object]:
    """The plain data of a platform of `teams` teams of `people` people; from 5 people on, each persona is present.

    Platform and teams are all at `stage`, `initial`, `repeatable` or, with 3 people a team at least, `reliable`, where
    each model has an endpoint; pipelines are left out, as they are files.
    """
    return {
        "name": "vast",
        "region": "eu-west-1",
        "organization_id": "o-vast012345",
        "stage": stage,
        "owner": "platform@vast.example",
        "cost_center": "1000",
        "code_hosts": ["github", "gitlab"],
        "tags": {"business-unit": "everyone"},
        "accounts": {
            "experimentation": "171717171717",
            **({} if stage == "initial" else LATER_ACCOUNTS),
            **(SERVING_ACCOUNTS if stage == "reliable" else {}),
        },
        "people": {
            "platform_engineers": ["pia.platform@vast.example", "per.platform@vast.example"],
            "auditors": ["ada.audit@vast.example"],
        },
        "teams": [_team(number, people, stage) for number in range(1, teams + 1)],
    }


def _team(number: int, people: int, stage: str) -> dict[str, object]:
    listed: dict[str, list[str]] = {}
    for person in range(people):
        persona = TEAM_PERSONAS[person % len(TEAM_PERSONAS)]
        listed.setdefault(persona, []).append(_address(number, person))
    first, last = _address(number, 0), _address(number, people - 1)
    return {
        "name": f"team-{number:03}",
        "stage": stage,
        "cost_center": str(2000 + number),
        "budget": {"monthly_usd": 500 + 100 * (number % 7), "notify": [first]},
        "people": {persona: listed[persona] for persona in TEAM_PERSONAS if persona in listed},
        "repository": {"provider": ("github", "gitlab")[number % 2], "owner": "vast", "name": f"model-{number:03}"},
        "data": {"classifications": ["internal", CLASSIFICATIONS[2 + number % 2]]},
        "models": [
            {
                "name": f"model-{number:03}",
                "owner": last,
                "data_classification": CLASSIFICATIONS[number % len(CLASSIFICATIONS)],
                "sla": {"availability_percent": 99.9, "p99_latency_ms": 100 + number % 50},
                "quality": {"metric": "auc", "minimum": 0.7},
                "drift": {"metric": "psi", "maximum": 0.2, "every": "1h"},
                "rollout": {"canary_percent": 10, "bake_minutes": 30},
                **(_served(number) if stage == "reliable" else {}),
            }
        ],
    }


def _served(number: int) -> dict[str, object]:
    """What a model has that answers callers; ten instances, of which one is the canary."""
    return {
        "endpoint": {"instance_type": "ml.m5.large", "minimum": 10, "maximum": 20, "requests_per_minute": 600},
        "approvers": [_address(number, 0), _address(number, 1)],
    }


def _address(team: int, person: int) -> str:
    turn, place = divmod(person, len(FIRST_NAMES))
    number = f"{turn}" if turn else ""
    return f"{FIRST_NAMES[place]}{number}.t{team:03}@vast.example"


def write(platform: dict[str, object], to: Path | TextIO) -> None:
    """Write the plain data as YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue] - untyped
    yaml.dump(platform, to)  # pyright: ignore[reportUnknownMemberType] - untyped


if __name__ == "__main__":
    given = dict(zip(("teams", "people", "stage"), sys.argv[1:], strict=False))
    made = organization(int(given["teams"]), int(given.get("people", 10)), given.get("stage", "initial"))
    write(made, cast("TextIO", sys.stdout))
