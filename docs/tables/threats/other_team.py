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
            tries="uses any right of any of their roles on what is this team's",
            stopped_by="names, paths and tags; both evaluators judge every kind of role on every resource of a team",
            tests={
                "work/test_others.py": (
                    "test_no_other_teams_role_does_a_teams_work",
                    "test_no_role_does_its_work_on_another_teams",
                    "test_no_role_has_any_right_on_another_teams_resources",
                ),
            },
        ),
        Threat(
            tries="runs a batch transform under this team's model, and so under its role",
            stopped_by="`sagemaker:ModelArn` in `RunTransformJobsOfOnesModels`",
            denied=(("predicts for many at once", "under another team's model, and so that model's role"),),
        ),
        Threat(
            tries="writes lines into the log of this team's job, or puts a job on its budget",
            stopped_by="log streams by the team's name; the tag `team`, which every job must carry",
            denied=(
                ("writes the log of a job", "into that of another team's job"),
                ("trains, isolated", "on another team's budget"),
                ("runs a data job in the network", "on another team's budget"),
            ),
        ),
        Threat(
            tries="pulls this team's images, or one of a stranger's that is called like SageMaker's",
            stopped_by="the repository's policy lets in roles of the team; SageMaker's registries are named by account",
            denied=(
                ("pulls an image of the team", "another team's"),
                ("pulls an image of SageMaker's", "of somebody who calls it so"),
            ),
        ),
        Threat(
            tries="mounts the home directories of Studio in a job",
            stopped_by="`DenyFileSystems`",
            denied=(
                ("trains, isolated", "with the home directories of Studio"),
                ("tunes, isolated", "with the home directories of Studio"),
            ),
        ),
        Threat(
            tries="opens a member's Studio",
            stopped_by="a presigned URL is for the profile that the person's tag names",
            denied=(("opens their own Studio", "another person's"), ("opens their own Studio", "another team's")),
        ),
    ),
)
