"""Strangers."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="A stranger: an account outside the organization, a web page, a link in a mail",
    holds="nothing, or an AWS account of their own; on the laptop a page that the user opens",
    threats=(
        Threat(
            tries="reads a bucket, a key, a registry, a package",
            stopped_by="nothing is public; every door to another account names the organization and the role",
            tests={
                "invariants/test_data.py": ("test_no_bucket_is_public",),
                "invariants/test_permissions.py": (
                    "test_a_trust_in_another_account_names_the_organization",
                    "test_a_key_is_never_used_or_administered_by_everyone",
                ),
            },
        ),
        Threat(
            tries="connects to the local AWS over the network",
            stopped_by="it listens on the loopback interface only",
            tests={
                "local/test_server_front.py": ("test_only_the_loopback_is_listened_on",),
            },
        ),
        Threat(
            tries="calls the local AWS from a web page, by its own name or by one that it lets point to the loopback",
            stopped_by="requests with an origin of a page, and foreign host names, are refused",
            tests={
                "local/test_server_front.py": (
                    "test_a_web_page_reaches_nothing",
                    "test_a_foreign_host_name_is_refused",
                ),
            },
        ),
    ),
)
