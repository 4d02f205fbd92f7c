"""The real CDK CLI, run against the local AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mlops_stages import node, protected_stacks
from mlops_stages.local.client.allowed_variables import allowed
from mlops_stages.local.client.children import Children
from mlops_stages.local.client.inventory import toolkit_stack
from mlops_stages.local.endpoint import Endpoint, environment, without_credentials
from mlops_stages.local.state import state_directory

CONCURRENCY = 4
"""Stacks deployed at a time; the waiting is for the emulator, not for cores."""

PLUGIN = Path(__file__).with_name("credentials.js")
"""Gives the CDK CLI the credentials of each account of the local AWS."""

_QUIET = ("--ci", "--no-color", "--no-notices", "--no-version-reporting")


@dataclass(frozen=True, kw_only=True)
class CdkCli:
    """Runs `cdk` in a project's directory. Each method returns the exit code; the output is in `log(name)`."""

    directory: Path
    account: str
    region: str
    partition: str
    qualifier: str
    children: Children = field(default_factory=Children)

    @property
    def assembly(self) -> Path:
        """The cloud assembly that `synth` writes and `deploy` reads."""
        return self.directory / "cdk.out"

    @property
    def protected_stacks(self) -> Path:
        """The file of the stacks that are protected in the local AWS; that of the platform's directory is for AWS."""
        return self._state / protected_stacks.NAME

    @property
    def _state(self) -> Path:
        return state_directory(self.directory)

    def log(self, name: str) -> Path:
        """The file with the output of the last run of a command."""
        return self._state / "logs" / f"{name}.log"

    def synth(self) -> int:
        """Run the app of cdk.json once, with the same context and switches as a deploy to AWS."""
        return self._run("synth", ["synth", "--quiet", "--output", str(self.assembly)], self._environment(None))

    def bootstrap(self, endpoint: Endpoint, accounts: Iterable[str], trusted: str | None) -> int:
        """Bootstrap accounts in the home region, all at once; `trusted` may deploy to each of them."""
        environments = [f"aws://{account}/{self.region}" for account in accounts]
        arguments = ["bootstrap", *environments, "--plugin", str(PLUGIN), "--qualifier", self.qualifier]
        arguments += ["--toolkit-stack-name", toolkit_stack(self.qualifier)]
        if trusted is not None:
            policy = f"arn:{self.partition}:iam::aws:policy/AdministratorAccess"  # what it is without trust, too
            arguments += ["--trust", trusted, "--cloudformation-execution-policies", policy]
        # Not in the project's directory: there the CLI would synthesize the app, a second time and at the same time.
        return self._run("bootstrap", arguments, self._environment(endpoint), directory=self._state)

    def deploy(self, endpoint: Endpoint, on_line: Callable[[str], object]) -> int:
        """Deploy every stack of the assembly, each with the credentials of its own account."""
        arguments = ["deploy", "--all", "--app", str(self.assembly), "--plugin", str(PLUGIN)]
        arguments += ["--require-approval", "never", "--progress", "events", "--concurrency", str(CONCURRENCY)]
        # Nor here: the settings of cdk.json that are left (a profile, a role) are for AWS.
        return self._run("deploy", arguments, self._environment(endpoint), on_line, directory=self._state)

    def _run(
        self,
        name: str,
        arguments: list[str],
        variables: dict[str, str],
        on_line: Callable[[str], object] | None = None,
        *,
        directory: Path | None = None,
    ) -> int:
        command = [*node.cdk(self.directory), *arguments, *_QUIET]
        return self.children.run(
            command, cwd=directory or self.directory, environment=variables, log=self.log(name), on_line=on_line
        )

    def _environment(self, endpoint: Endpoint | None) -> dict[str, str]:
        """Return what a command of the CLI gets, with everything that calls home off.

        A synth runs the user's own app, and gets their environment without their AWS and CDK. A command that goes to
        the local AWS gets little of theirs, and the credentials of the local AWS.
        """
        home = self._state / "home"  # the CLI merges ~/.cdk.json into every project's settings and context
        variables = allowed(os.environ, home)
        if endpoint is None:
            theirs = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
            variables = theirs | variables | without_credentials()  # with some it would ask AWS whose they are
        else:
            variables |= environment(endpoint, self.account, self.region)
        scripts = str(Path(sys.executable).parent)
        return (
            node.variables()
            | variables
            | {
                "PATH": os.pathsep.join(
                    (scripts, variables.get("PATH", os.defpath))
                ),  # `python` of cdk.json is this one
                "PROTECTED_STACKS_FILE": str(self.protected_stacks),
                "PLATFORM_FILE": "platform.yaml",  # the one that was checked, whatever the user's shell says
                "CDK_HOME": str(self._state / "cdk"),  # else its caches go to the user's home
                "CDK_DISABLE_CLI_TELEMETRY": "true",
                "CDK_DISABLE_VERSION_CHECK": "true",
            }
        )
