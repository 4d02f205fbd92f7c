"""Who approves models."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Who approves a model: its owner, or a lead data scientist",
    holds="the role `PLATFORM-TEAM.approve` in the tooling account, by a second factor",
    threats=(
        Threat(
            tries="approves another team's model",
            stopped_by="the role names the team's own package groups",
            denied=(("goes on duty to approve", "another team's models"),),
        ),
    ),
)
