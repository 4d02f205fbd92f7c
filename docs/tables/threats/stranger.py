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
                "local/server/front/test_server.py": ("test_only_the_loopback_is_listened_on",),
            },
        ),
        Threat(
            tries="calls the local AWS from a web page, by its own name or by one that it lets point to the loopback",
            stopped_by="requests with an origin of a page, and foreign host names, are refused",
            tests={
                "local/server/front/test_server.py": (
                    "test_a_web_page_reaches_nothing",
                    "test_a_foreign_host_name_is_refused",
                ),
            },
        ),
        Threat(
            tries="calls the local AWS by a link in a mail, with credentials that it made up or by a signed link",
            stopped_by="nothing passes without a signature; from a browser only an object's presigned URL opens",
            tests={
                "local/server/front/test_gate.py": (
                    "test_a_link_in_a_mail_calls_nothing",
                    "test_a_link_that_is_well_signed_calls_nothing_from_a_browser",
                    "test_no_websocket_is_opened",
                ),
            },
        ),
        Threat(
            tries="makes more of a presigned URL of the local AWS than it was given for",
            stopped_by="method, path, query and every header of AWS's are signed, and it calls S3 alone",
            tests={
                "local/server/front/test_gate.py": (
                    "test_a_presigned_url_is_good_for_what_it_says_alone",
                    "test_a_presigned_upload_is_no_call_of_another_service",
                ),
            },
        ),
    ),
)
