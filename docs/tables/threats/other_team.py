"""A colleague in another team."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="A colleague in another team",
    holds="all roles of a member of that team, in the same accounts",
    threats=(
        Threat(
            tries="reads or writes this team's data, or uses its keys",
            stopped_by="a bucket, a key and a path of roles for each team; bucket policies name the path",
            denied=(
                ("reads and writes the team's data", "another team's"),
                ("encrypts and decrypts it, through S3", "another team's key"),
                ("lists the team's data", "another team's"),
            ),
        ),
        Threat(
            tries="opens a member's Studio",
            stopped_by="a presigned URL is for the profile that the person's tag names",
            denied=(("opens their own Studio", "another person's"), ("opens their own Studio", "another team's")),
        ),
    ),
)
