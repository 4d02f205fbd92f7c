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
            tries="has a template of ten lines become a billion resources",
            stopped_by="the local AWS takes no aliases in templates",
            tests={"local/test_engine_bodies.py": ("test_a_template_has_no_aliases",)},
        ),
    ),
)
