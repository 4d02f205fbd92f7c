"""Whoever calls a model."""

from docs.tables.threats.threat import Actor, Threat

_RUNS_THE_REPOSITORYS_TESTS = "test_make_ends_well_in_an_empty_directory"
_FILE = "model_repository/test_rendered_repository.py"

ACTOR = Actor(
    name="A caller of a model, who chooses the rows",
    holds="a way to send requests to a container that serves: an endpoint's caller, or the input of a batch transform",
    threats=(
        Threat(
            tries="has the model answer rows that it was never meant for: too short, of other types, without bounds",
            stopped_by="the schema in `model.tar.gz`: a request with one such row is refused whole, by row and field",
            tests={
                _FILE: ("test_what_make_serve_answers_is_what_the_evaluation_registered", _RUNS_THE_REPOSITORYS_TESTS),
            },
            remains="A row that keeps to the schema and is nonsense gets a score.",
        ),
        Threat(
            tries="has the local AWS ask its policies other questions by what the rows of a request say",
            stopped_by="a request's content is no parameter: policies are asked about its address and headers alone",
            tests={
                "local/server/sagemaker/hosting/test_serving.py": (
                    "test_the_content_of_a_request_is_no_part_of_what_policies_are_asked",
                ),
            },
        ),
        Threat(
            tries="stops the container by large, deep, slow, packed, malformed or many requests",
            stopped_by="bounds on bodies (6,291,456 bytes, 100,000 rows, 64 KiB a JSON record), on the time that a "
            "body takes, and on the requests that wait; a ping always finds a thread",
            tests={_FILE: (_RUNS_THE_REPOSITORYS_TESTS,)},
            remains="A client that sends a header byte by byte holds a thread; on AWS only SageMaker reaches it.",
        ),
        Threat(
            tries="reads others' rows or the code from an answer or a log, by provoking errors",
            stopped_by="answers and logs name row, field and rule, and of an error the place; never a value, a text of "
            "an error or a traceback",
            tests={_FILE: (_RUNS_THE_REPOSITORYS_TESTS,)},
            remains="Whoever may read captured data reads rows: that is what it is for.",
        ),
        Threat(
            tries="gives decisions ids that mean something to whoever reads them: a header, a formula, another's id",
            stopped_by="an id is 1 to 64 letters, digits or `._:-`, and once in a request",
            tests={_FILE: (_RUNS_THE_REPOSITORYS_TESTS,)},
            remains="The same id in two requests is not noticed here.",
        ),
        Threat(
            tries="sends requests that break the training run which scores them later, or that count twice there",
            stopped_by="rows go through the checks of an endpoint once more and are left out, as are those with the "
            "same id; rows and bytes are bounded while the file is unpacked",
            tests={_FILE: (_RUNS_THE_REPOSITORYS_TESTS,)},
            remains="Whoever sends many requests has a large part in the comparison.",
        ),
        Threat(
            tries="exchanges the golden records that a deployment is tested by, the baseline of its monitors, or the "
            "scores that a version is compared by, with write access to the bucket",
            stopped_by="the registered evaluation names the digest of each",
            tests={
                "runtime/test_registered_model.py": (
                    "test_a_file_beside_the_evaluation_is_the_one_that_it_names",
                    "test_what_an_evaluation_names_lies_beside_it",
                ),
                "runtime/monitor_runs/test_candidates.py": (
                    "test_scores_or_an_evaluation_that_were_replaced_are_told",
                    "test_the_evaluation_of_another_run_is_told",
                ),
            },
        ),
    ),
)
