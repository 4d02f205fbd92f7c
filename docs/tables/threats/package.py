"""A package on an index."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="A package on an index: PyPI, npm, a registry of images",
    holds="whatever it is installed into",
    threats=(
        Threat(
            tries="takes the name of a package of the organization",
            stopped_by="CodeArtifact's origin controls; only the team's CI publishes",
            tests={
                "repeatable/test_package_registry.py": (
                    "test_own_names_are_published_here_and_come_from_nowhere_else",
                    "test_only_ci_publishes_whatever_others_may",
                ),
            },
        ),
    ),
)
