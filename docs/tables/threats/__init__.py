"""The tables of docs/threat-model.md: who tries what, what stops it, and the tests that show it.

A module an actor, with its `ACTOR`; a new threat goes into the module of whoever tries it. A test (tests/docs/
test_threats.py) says when a threat names a test or a row of work that is not there.
"""

from docs.tables.threats import (
    administrator,
    analyst,
    approver,
    caller,
    chat_member,
    ci,
    delivery,
    given_files,
    ledger,
    machine_user,
    member,
    other_team,
    owner,
    package,
    promotion,
    release,
    releaser,
    retraining,
    stranger,
    team_code,
)
from docs.tables.threats.threat import Actor, Threat

ACTORS = tuple(
    module.ACTOR
    for module in (
        member,
        team_code,
        ci,
        approver,
        owner,
        analyst,
        release,
        releaser,
        promotion,
        retraining,
        delivery,
        caller,
        chat_member,
        other_team,
        administrator,
        ledger,
        stranger,
        package,
        machine_user,
        given_files,
    )
)

__all__ = ["ACTORS", "Actor", "Threat"]
