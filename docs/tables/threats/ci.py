"""Jobs of a repository's CI."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="CI of a team's repository, and whoever may write to it",
    holds="a token of GitHub or GitLab for one branch or environment, and by it `PLATFORM-TEAM.ci` and `.deliver`",
    threats=(
        Threat(
            tries="signs in from another repository, branch or environment",
            stopped_by="the role's trust names the token's subject, by immutable ids where the provider has them",
            tests={
                "invariants/test_permissions.py": ("test_every_trust_is_narrowed",),
            },
        ),
    ),
)
