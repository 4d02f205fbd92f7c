"""The kinds of text that say how a model is served."""

from typing import Annotated

from mlops_stages.platform.text import Text, fault
from mlops_stages.serving.batch import PREFIX, TIME_ZONE, WHEN

LONGEST_RUNBOOK = 160
"""Characters; every alarm's description repeats it beside the model's and the owner's names."""


def _is_short(value: str) -> None:
    if len(value) > LONGEST_RUNBOOK:
        fix = f"Write one of at most {LONGEST_RUNBOOK} characters."
        raise fault("PLT-237", f"The address has {len(value)} characters, and every alarm repeats it.", fix)


Reason = Annotated[
    str,
    Text(
        "PLT-233",
        "a reason that a reviewer can judge",
        "a sentence of 20 to 300 characters",
        r"\S.{18,298}\S",
        "A public demonstration on public data, which decides about nobody.",
    ),
]
Prefix = Annotated[
    str,
    Text(
        "PLT-234",
        "a prefix of a bucket",
        "1 to 200 letters, digits and `_ . = -`, with slashes between words",
        rf"(?=.{{1,200}}$){PREFIX.pattern}",
        "card-fraud/today",
    ),
]
Schedule = Annotated[
    str,
    Text(
        "PLT-235",
        "a schedule",
        "a schedule as EventBridge Scheduler takes it",
        f"({WHEN.pattern})",
        "cron(0 5 * * ? *)",
    ),
]
TimeZone = Annotated[
    str,
    Text("PLT-236", "the name of a time zone", "a name of the time zone database", TIME_ZONE.pattern, "Europe/Paris"),
]
Runbook = Annotated[
    str,
    Text(
        "PLT-237",
        "the address of a page",
        "an address that starts with https://",
        r"https://[A-Za-z0-9.-]{1,100}(/[A-Za-z0-9._~/#?=&%+-]{0,160})?",
        "https://wiki.acme.example/card-fraud",
        test=_is_short,
    ),
]
