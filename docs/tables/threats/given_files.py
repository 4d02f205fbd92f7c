"""Files that somebody else wrote."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Whoever wrote a file that a user runs a command on: a platform.yaml, a definition, a model repository",
    holds="the content of those files",
    threats=(
        Threat(
            tries="breaks or misleads a command by a hostile platform.yaml",
            stopped_by="it is read by a strict model with limits; text is shown escaped",
            tests={
                "platform/test_hostile.py": (
                    "test_a_fault_is_told_once_and_nothing_else_is_told",
                    "test_a_report_is_short_and_prints_safely",
                ),
            },
        ),
    ),
)
