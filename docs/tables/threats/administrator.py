"""Administrators of an account."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="An administrator of an account",
    holds="every IAM permission in that account",
    threats=(
        Threat(
            tries="stops or deletes the audit trail, opens a network, changes what the platform deployed",
            stopped_by="service control policies, where the platform deploys them",
            tests={
                "repeatable/test_guardrails.py": ("test_it_is_denied",),
                "work/test_administrators.py": ("test_the_statement_that_the_page_names_is_the_one_that_refuses",),
            },
            remains="Without guardrails an administrator is above everything in the account; the trail is locked for "
            "a year, and alarms tell.",
        ),
        Threat(
            tries="reads teams' data, poses as a person or a job of a team, approves a model",
            stopped_by="`DataAndModelsAreForThePlatformsRoles`, where the platform deploys guardrails",
            tests={
                "work/test_administrators.py": ("test_both_judges_refuse_and_allow_what_the_page_says",),
            },
            remains="Whoever may deploy may change what is deployed; the guardrails' page tells what else is left.",
        ),
        Threat(
            tries="widens a permissions boundary unseen",
            stopped_by="an alarm on every change of a boundary",
            tests={
                "invariants/test_ownership.py": (
                    "test_a_change_of_any_boundary_in_an_account_is_told_where_its_trail_is",
                ),
            },
        ),
    ),
    remains=(
        "Administrators of the organization's management account stand above service control policies.",
        "With `sign_in: iam`, whoever may tag principals in the sign-in account may become anyone.",
    ),
)
