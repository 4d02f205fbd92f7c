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
        Threat(
            tries="takes the name `mlops-stages` on a public index, to be installed by a platform's next user",
            stopped_by="`make setup` installs the toolkit by its SHA-256 alone; `make lock` writes that only of the "
            "wheel that already runs, or says which sum to compare",
            tests={
                "cli/test_init.py": ("test_a_package_of_our_name_is_not_installed_without_our_hash",),
                "supply_chain/test_release.py": ("test_somebody_elses_package_of_our_name_and_version_is_refused",),
            },
            remains="Who upgrades has to compare the SHA-256 with that of the release.",
        ),
        Threat(
            tries="publishes other files under a version that is in use, or a newer version",
            stopped_by="locks hold each package of Python by version and SHA-256, those of npm by SHA-512",
            tests={
                "supply_chain/test_locks.py": (
                    "test_every_entry_is_a_package_of_one_version_by_hash",
                    "test_the_lock_holds_all_that_the_project_needs_on_every_system",
                    "test_the_packages_for_npm_are_held_by_hash_and_run_nothing_when_installed",
                ),
                "local/test_images.py": ("test_what_is_installed_comes_as_wheels_by_hash",),
            },
            remains="What a locked version contains is as good as its authors: `make audit` tells what is known of it.",
        ),
        Threat(
            tries="runs its setup script when it is installed",
            stopped_by="wheels alone are installed, and npm runs no scripts",
            tests={
                "local/test_images.py": (
                    "test_what_is_installed_comes_as_wheels_by_hash",
                    "test_sources_that_nobody_read_are_not_built",
                ),
            },
            remains="The reference data has no wheel: its setup.py, read and held by hash, runs where `train` uses it.",
        ),
        Threat(
            tries="is vulnerable, and nobody says so",
            stopped_by="`make audit`, which calls no package safe that it got no answer about; a bill of materials of "
            "the wheel and of each image",
            tests={
                "supply_chain/test_audit.py": ("test_what_was_not_asked_about_is_never_called_safe",),
                "release/test_sbom.py": (
                    "test_it_holds_each_locked_package_with_the_hashes_of_its_files_and_nothing_else",
                ),
                "model_repository/test_delivery.py": (
                    "test_what_the_image_holds_is_kept_under_its_commit_before_it_is_pushed",
                ),
            },
            remains="In a closed network there is no such data: the audit ends there with an error.",
        ),
        Threat(
            tries="comes from an index, a folder or a variable that a model repository's list names",
            stopped_by="a lock is read by a grammar of names, versions, markers and hashes; pip gets what was read",
            tests={
                "local/test_images.py": ("test_a_lock_that_holds_anything_but_packages_by_hash_is_refused",),
            },
        ),
        Threat(
            tries="changes the toolkit between its source and its wheel",
            stopped_by="the wheel of a commit is the same bytes for whoever builds it",
            tests={
                "release/test_dist.py": ("test_another_place_umask_time_and_user_make_the_same_bytes",),
            },
            remains="Releases are not signed: their sums are as good as the place where they are read.",
        ),
    ),
)
