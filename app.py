"""The CDK's entry: builds the stacks of platform.yaml, or of the file in PLATFORM_FILE."""

import os
import re
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread

from mlops_stages.node import use_bundled_node

use_bundled_node()


def _load_checks() -> None:
    with suppress(ModuleNotFoundError):  # the stacks may be another's, with checks of their own
        import_module("stacks.validation").cloudformation_rules()


# Node takes longer to load the CDK and its checks than Python takes to read the file and to load the stacks: neither
# waits for the other until the first construct.
checks = Thread(target=_load_checks)
checks.start()

from mlops_stages.platform import PlatformErrors, load  # noqa: E402 - node has been started first

try:
    platform = load(Path(os.environ.get("PLATFORM_FILE", "platform.yaml")))
    from stacks.platform_app import platform_app

    checks.join()
    platform_app(platform).synth()
except PlatformErrors as errors:
    sys.stderr.write(f"{errors}\n")
    sys.exit(2)
except ValueError as error:
    # With a code, a construct refuses what it was given; any other is a fault of the code and keeps its traceback.
    if not re.match(r"[A-Z]{3}-[0-9]{3}: ", str(error)):
        raise
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
