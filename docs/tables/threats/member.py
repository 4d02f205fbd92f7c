"""A member of a team."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="A member of the team: data scientist, ML engineer, data engineer",
    holds="their own role in the experimentation account, and the roles of their duties, by a second factor",
    threats=(
        Threat(
            tries="takes on a colleague's role, or a duty that is not theirs",
            stopped_by="the trust of each role names the person's e-mail address and asks for a second factor",
            denied=(
                ("takes on their own role", "a colleague's role"),
                ("takes on their own role", "without a second factor"),
                ("goes on duty in development", "the lead's duty"),
                ("goes on duty in the data account", "the role of jobs"),
            ),
        ),
        Threat(
            tries="carries the team's data to a bucket of their own",
            stopped_by="a VPC without a way out, and endpoints that let through only the account's own principals on "
            "resources of the platform's accounts",
            tests={
                "invariants/test_data.py": ("test_no_subnet_has_a_way_to_the_internet",),
            },
            denied=(
                ("reads and writes the team's data", "a stranger's bucket, by the endpoint"),
                ("reads and writes the team's data", "another account's of the organization, by the endpoint"),
            ),
        ),
        Threat(
            tries="carries data out with keys of another account of the organization, pasted into Studio or a job",
            stopped_by="`OurPrincipalsOnOurResources`, by `aws:PrincipalAccount` and `aws:ResourceAccount`",
            denied=(
                ("writes to a bucket of that account, from anywhere else", "from Studio"),
                ("writes to a bucket of that account, from anywhere else", "from a data job's network"),
                ("writes to a log of that account, from anywhere else", "from Studio"),
            ),
        ),
        Threat(
            tries="carries `restricted` data down by a data job, to where experimentation reads",
            stopped_by="a role of data jobs for each classification, which writes that classification alone",
            tests={
                "repeatable/test_team_data.py": ("test_no_job_carries_anything_down",),
            },
            denied=(
                ("writes a dataset or a manifest, once", "as data less sensitive"),
                ("writes a dataset or a manifest, once", "with a manifest less sensitive"),
                ("writes a dataset or a manifest, once", "as the history of features"),
            ),
            remains="A data engineer may land by hand, as less sensitive, what they may read; the trail names them.",
        ),
        Threat(
            tries="gives their role more, or sheds its boundary",
            stopped_by="no role may write IAM; every role has the account's boundary",
            tests={
                "invariants/test_permissions.py": (
                    "test_every_role_has_a_permissions_boundary",
                    "test_every_role_stays_within_its_boundary",
                ),
            },
        ),
        Threat(
            tries="tags something as another team's",
            stopped_by="tags that policies look at are reserved, and are written by the platform",
            tests={
                "invariants/test_ownership.py": ("test_every_tag_that_a_policy_looks_at_is_reserved",),
            },
            denied=(("tags what they create at its creation", "later"),),
        ),
    ),
    remains=(
        "A person who may read data may remember it, photograph it, or type it elsewhere.",
        "What the team may do, each of its members may do in its name until the trail is read.",
    ),
)
