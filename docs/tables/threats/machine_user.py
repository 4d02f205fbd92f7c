"""Another user of the machine."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Another user of the machine where the local AWS runs",
    holds="an ordinary account there, and so the loopback interface",
    threats=(
        Threat(
            tries="reads its files",
            stopped_by="what it writes is for its owner alone",
            tests={
                "local/test_process.py": ("test_its_files_are_for_their_owner_alone",),
            },
        ),
    ),
    remains=("The root user of the machine.",),
)
