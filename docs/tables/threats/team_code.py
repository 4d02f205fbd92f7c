"""The code of a team, where it runs."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="A team's code: steps, jobs and functions, and what they import",
    holds="on AWS the role of the job; on the local AWS the same, and a process of the user's machine",
    threats=(
        Threat(
            tries="calls a host on the internet, from the local AWS",
            stopped_by="a job under network isolation has no network",
            tests={
                "local/test_jobs.py": ("test_a_job_with_isolation_reaches_nobody_where_the_machine_gives_namespaces",),
            },
        ),
        Threat(
            tries="reads the environment of the local AWS",
            stopped_by="a job's variables are its own",
            tests={
                "local/test_jobs.py": ("test_a_job_sees_no_variable_of_the_servers",),
            },
        ),
        Threat(
            tries="outlives its time limit, or the local AWS",
            stopped_by="the process group is killed",
            tests={
                "local/test_jobs.py": ("test_a_step_that_ignores_the_wish_to_end_is_killed",),
                "local/test_jobs_fallback.py": ("test_the_end_of_the_local_aws_is_the_end_of_its_steps",),
            },
        ),
    ),
)
