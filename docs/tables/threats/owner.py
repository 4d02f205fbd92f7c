"""Who sees how a model is in production."""

from docs.tables.threats.threat import Actor, Threat

ACTOR = Actor(
    name="Who sees a model: its owner, an approver, who is told of its alarms next",
    holds="the role `PLATFORM-MODEL.see-production`, by a second factor",
    threats=(
        Threat(
            tries="makes a wrong model look right by judging days again",
            stopped_by="of what calls the monitors, only the day counts, or the hour in which drift is measured: what "
            "is judged follows from it, from the function's own settings and from locked decisions and labels; earlier "
            "figures stay as versions under their lock, and those of an hour that was due are not made again",
            tests={
                "runtime/monitor_runs/test_settings.py": (
                    "test_what_is_judged_follows_from_the_day_alone",
                    "test_a_day_is_refused_of_whose_decisions_some_may_be_gone",
                ),
                "runtime/monitor_runs/test_hourly.py": (
                    "test_what_is_measured_follows_from_the_hour_alone",
                    "test_what_was_run_before_its_time_is_replaced_when_it_is_due",
                ),
                "reliable/monitors/test_model_reader_role.py": (
                    "test_it_has_the_monitors_of_its_model_run_a_day_and_changes_them_not",
                ),
            },
            denied=(
                ("has the monitors run an earlier day", "and tells them nothing else"),
                ("has the monitors run an earlier day", "and changes them not"),
                ("has the monitors run an earlier day", "another model's"),
            ),
            remains="Who calls the function by hand, and not by the command, may have it run a day or an hour that is "
            "still to come: its figures are there until that day's or hour's own run replaces them.",
        ),
        Threat(
            tries="reads decisions and labels by what may call their functions",
            stopped_by="the role calls the monitors alone, which answer with a day or an hour, a window and a count",
            denied=(
                ("has the monitors run an earlier day", "what reads its decisions"),
                ("has the monitors run an earlier day", "what tells of its alarms"),
                ("reads what the monitors found, and how much was captured and labelled", "and reads no decision"),
                ("reads what the monitors found, and how much was captured and labelled", "and reads no label"),
            ),
        ),
    ),
)
