"""Which of the user's environment variables the local AWS and the CDK CLI get: these, and no others.

Tokens, agents, proxies and settings of other tools are in the environment of whoever runs `up`. A server that runs
the code of functions and steps has no use for them.
"""

from __future__ import annotations

import os
import site
from collections.abc import Mapping
from pathlib import Path

from mlops_stages.files import private_folder

ALLOWED: Mapping[str, str] = {
    "PATH": "node, and the tools that make a step's container, are found there",
    "LANG": "how Python and node read and write text",
    "LC_ALL": "the same",
    "LC_CTYPE": "the same",
    "TMPDIR": "where temporary files go, if not into /tmp",
    "TZ": "the times of logs",
    "LD_LIBRARY_PATH": "a Python that was built with shared libraries in a place of its own does not start without it",
    "MLOPS_STAGES_CONTAINERS": "what runs code where the machine makes no containers (docs/local-aws.md)",
    "MLOPS_STAGES_CONDITION_KEYS": "which spelling of two condition keys is supplied (docs/local-aws.md)",
}
"""Each variable, and what it is needed for."""


def allowed(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return what is passed on of an environment, with a home of its own, which is made if need be.

    The user's own home stays out of sight: it holds their settings and tokens of other tools.
    """
    private_folder(home)
    kept = {name: environ[name] for name in ALLOWED if name in environ}
    return {**kept, **packages_of_the_user(), "HOME": str(home)}


def packages_of_the_user() -> dict[str, str]:
    """Return where Python, with another home, still finds what `pip install --user` has installed."""
    return {"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {}


def python_path(environ: Mapping[str, str], source_root: Path) -> str:
    """Return where Python finds our own package first, and then what the user's PYTHONPATH names."""
    given = (str(Path(path).resolve()) for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path)
    return os.pathsep.join((str(source_root), *given))
