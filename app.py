"""The CDK's entry: builds the stacks of platform.yaml, or of the file in PLATFORM_FILE."""

import os
import re
import sys
from pathlib import Path

from mlops_stages.node import use_bundled_node
from mlops_stages.platform import PlatformErrors, load

try:
    platform = load(Path(os.environ.get("PLATFORM_FILE", "platform.yaml")))
    use_bundled_node()
    # The CDK starts node while it is imported, so it comes after the file has been read and node chosen.
    from stacks.platform_app import platform_app

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
