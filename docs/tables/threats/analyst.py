"""Who queries what a model decided in production."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Who queries a model's decisions: one of its analysts",
    holds="the role `PLATFORM-MODEL.query-production`, by a second factor",
    threats=(
        Threat(
            tries="reads another model's decisions, what was captured, or the requests of candidates",
            stopped_by="the role names one workgroup, one database and the folders of one endpoint",
            denied=(
                ("has Athena read decisions, labels and figures", "of another endpoint"),
                ("has Athena read decisions, labels and figures", "and reads nothing captured"),
                ("has Athena read decisions, labels and figures", "and reads no request"),
                ("finds the tables", "another model's"),
                ("runs a query, and takes its results", "in another model's"),
            ),
        ),
        Threat(
            tries="reads past the workgroup's limit, or carries whole files away",
            stopped_by="`aws:CalledVia`: S3 and KMS answer the role only what Athena asks for it; the workgroup's "
            "settings override those of any client",
            tests={
                "reliable/queries/test_analyst_role.py": ("test_rows_are_read_through_athena_alone",),
                "reliable/queries/test_query_work_group.py": ("test_no_client_sets_anything_else",),
            },
            denied=(
                ("has Athena read decisions, labels and figures", "by calling S3 itself"),
                ("has them decrypted, through Athena and S3", "through S3 alone"),
                ("runs a query, and takes its results", "in the workgroup that every account has"),
                ("runs a query, and takes its results", "and lifts no limit"),
            ),
            remains="What a query shows may be copied from the screen: name those alone who may see each decision.",
        ),
        Threat(
            tries="writes rows, figures or tables, or has Athena write results into a bucket of their own",
            stopped_by="the role writes nothing, and Athena keeps results itself",
            tests={
                "reliable/queries/test_query_work_group.py": (
                    "test_results_are_kept_by_athena_under_the_key_and_in_no_bucket",
                ),
            },
            denied=(
                ("has Athena read decisions, labels and figures", "and writes none"),
                ("finds the tables", "and changes none"),
                ("finds the tables", "and makes none"),
            ),
        ),
    ),
)
