"""For how long the result of a step stands for a new run: checked, and read.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching-enabling.html
"""

from collections.abc import Iterator

from mlops_stages.pipeline_definition import durations
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.frame import is_misspelt, unknown_keys, wrong_kind
from mlops_stages.pipeline_definition.steps import Step
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import is_map, map_of

_KEYS = ("Enabled", "ExpireAfter")


def faults_of_cache(step: Step) -> Iterator[Fault]:
    """What is wrong with a step's `CacheConfig`."""
    if "CacheConfig" not in step.value:
        return
    place, cache = step.place("CacheConfig"), step.value["CacheConfig"]
    if not is_map(cache):
        yield wrong_kind(cache, "an object", *place)
        return
    yield from unknown_keys(cache, _KEYS, *place)
    enabled = cache.get("Enabled")
    if not isinstance(enabled, bool) and not is_misspelt(cache, "Enabled", _KEYS):
        where = step.place("CacheConfig", "Enabled")
        message = (
            "`Enabled` is true or false." if "Enabled" in cache else "`CacheConfig` needs `Enabled`, true or false."
        )
        yield Fault("PIP-014" if "Enabled" in cache else "PIP-013", *where, message)
    where = step.place("CacheConfig", "ExpireAfter")
    if "ExpireAfter" in cache:
        after = cache["ExpireAfter"]
        if not isinstance(after, str) or durations.seconds(after) is None:
            fix = (
                f"Write a length of time such as {durations.EXAMPLES}: years, months, weeks and days, then `T`, hours."
            )
            yield Fault("PIP-014", *where, f"{shown(after)} is not an ISO 8601 duration.", fix)
    elif enabled is True and not is_misspelt(cache, "ExpireAfter", _KEYS):
        fix = "Add `ExpireAfter`, such as 'P30D': `CacheConfig(enable_caching=True, expire_after='P30D')` in the SDK."
        yield Fault("PIP-013", *where, "A cache that is enabled says for how long a result is good.", fix)


def cache_seconds(step: Step) -> int | None:
    """For how many seconds a result is good, of a step without faults; `None` where there is no cache."""
    cache = map_of(step.value.get("CacheConfig"))
    return durations.seconds(str(cache["ExpireAfter"])) if cache.get("Enabled") is True else None
