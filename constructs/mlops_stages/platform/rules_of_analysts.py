"""What must be there for the analysts of a model: decisions as rows."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault
from mlops_stages.platform.plain import Map, list_of, map_of, may_have, models_in


def analysts_have_rows(platform: Map) -> Iterator[Fault]:
    """Rows are there of endpoints on instances whose inputs are declared."""
    for loc, _, model in models_in(platform):
        if not list_of(model.get("analysts")):
            continue
        has_instances = may_have(model, "endpoint") and "serverless" not in map_of(model.get("endpoint"))
        if not has_instances or model.get("inputs") == [] or not may_have(model, "inputs"):
            message = "The model has no `endpoint` on instances or no `inputs`: there are no rows of its decisions."
            yield Fault("PLT-376", (*loc, "analysts"), message, "Add what is missing, or leave `analysts` out.")


RULES = (analysts_have_rows,)
