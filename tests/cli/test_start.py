"""The command line starts in a moment because it imports nothing of weight before it must."""

import subprocess
import sys

HEAVY = ("aws_cdk", "boto3", "botocore", "jinja2", "jsii", "ministack", "moto", "pydantic", "rich.console", "ruamel")
LOADED = f"""
import sys
import mlops_stages.cli.main
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_importing_the_command_line_loads_nothing_of_weight() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_importing_the_package_loads_nothing_of_weight() -> None:
    code = LOADED.replace("mlops_stages.cli.main", "mlops_stages")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
