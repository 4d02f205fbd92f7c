"""Deploys a platform to the local AWS with the real CDK CLI."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mlops_stages import node, protected_stacks
from mlops_stages.cloud_assembly import SynthesizedStack, synthesized_stacks
from mlops_stages.condition_keys import VARIABLE, Spelling
from mlops_stages.errors import INTERRUPTED, UserError
from mlops_stages.local.client import inventory, process
from mlops_stages.local.client.cdk import CdkCli
from mlops_stages.local.client.children import settled
from mlops_stages.local.client.failures import explained, protect, telling_lines
from mlops_stages.local.client.inventory import Live
from mlops_stages.local.client.output import DeployOutput, Failure, StackEvent, StackState
from mlops_stages.local.client.process import Running
from mlops_stages.local.client.stand_ins import StandIn, stand_in
from mlops_stages.platform import Platform, Purpose, bootstrap


class Watcher(Protocol):
    """Whoever shows how far the deploy is. Called from several threads."""

    def step(self, text: str) -> None:
        """Something new is being done."""
        ...

    def stacks(self, labels: tuple[str, ...]) -> None:
        """The stacks to be deployed are known."""
        ...

    def moved(self, event: StackEvent) -> None:
        """A stack moved on."""
        ...


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack of the platform in the local AWS."""

    name: str
    account: str
    state: StackState
    resources: int


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What an `up` did and what is there now. `left_over` are stacks that are not of the platform.

    `live` is every resource, those of the bootstrap left out; `gone` are the Studio profiles that this `up` deleted;
    `stand_ins` is what stands for that which platform.yaml imports.
    """

    running: Running
    stacks: tuple[DeployedStack, ...]
    left_over: tuple[DeployedStack, ...]
    live: tuple[Live, ...]
    gone: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was started or deployed."""
        return self.running.started or any(stack.state != "unchanged" for stack in self.stacks)


def up(directory: Path, platform: Platform, port: int | None, watcher: Watcher) -> Deployment:
    """Start the local AWS if it isn't running, and deploy every stack of the platform to it.

    Errors: LOC-03x, each with the end of the log; NODE-00x when the CDK CLI cannot be installed; OSError where the disk
    is full, with nothing left running that this call started.
    """
    home = platform.account(Purpose.EXPERIMENTATION)
    cli = CdkCli(
        directory=directory,
        account=home,
        region=platform.region,
        partition=platform.partition,
        qualifier=platform.qualifier(bootstrap.in_context(directory)),
    )
    attempt = _Attempt(cli, platform, port, watcher)
    try:
        if not node.is_installed(directory):
            watcher.step("installing the CDK CLI")
            node.install(directory)
        try:
            running = attempt.prepare()
        except UserError:
            attempt.undo()
            raise
        stacks = synthesized_stacks(cli.assembly)
        before = frozenset[str]() if running.started else inventory.studio_profiles(inventory.live(running.endpoint))
        states = attempt.deploy(running, stacks)
    except KeyboardInterrupt:
        raise attempt.interrupted() from None
    except OSError:
        attempt.undo()
        raise
    found = tuple(each for each in inventory.live(running.endpoint) if not inventory.is_toolkit(each.stack))
    ours, others = _split(found, stacks, states)
    gone = tuple(sorted(before - inventory.studio_profiles(found)))
    return Deployment(
        running=running, stacks=ours, left_over=others, live=found, gone=gone, stand_ins=attempt.stand_ins
    )


def synthesize(cli: CdkCli) -> None:
    """Write the cloud assembly of a platform. Error: LOC-030, with what the synth said."""
    if cli.synth() == 0:
        return
    log = cli.log("synth")
    told = telling_lines(log)
    raise UserError(
        "LOC-030",
        str(cli.directory / "app.py"),
        f"the stacks could not be synthesized:\n{told}",
        f"fix what it says; all of it is in {log}",
        exit_code=2 if "Subprocess exited with error 2" in told else 1,
    )


class _Attempt:
    """One run of `up`: what it has started so far, so that it can be undone."""

    def __init__(self, cli: CdkCli, platform: Platform, port: int | None, watcher: Watcher) -> None:
        self._cli = cli
        self._platform = platform
        self._port = port
        self._watcher = watcher
        self._running: Running | None = None
        self.stand_ins: tuple[StandIn, ...] = ()

    def prepare(self) -> Running:
        """Synthesize while the local AWS starts and its accounts are bootstrapped: both wait for node, on two cores."""
        if process.status(self._cli.directory) is None:
            self._cli.protected_stacks.unlink(missing_ok=True)  # of one that is gone, with its stacks
        with ThreadPoolExecutor(max_workers=2) as pool, self._cli.children.stopped_on_error():
            settled(pool.submit(self._synth), pool.submit(self._start))
        if self._running is None:
            raise AssertionError("the local AWS has started without an error")
        return self._running

    def deploy(self, running: Running, stacks: tuple[SynthesizedStack, ...]) -> dict[str, StackState]:
        """Deploy the assembly; return each stack's end by its label."""
        self._watcher.stacks(tuple(stack.label for stack in stacks))
        output = DeployOutput()

        def read(line: str) -> None:
            event = output.read(line)
            if event is not None:
                self._watcher.moved(event)

        with ThreadPoolExecutor(max_workers=1) as pool, self._cli.children.stopped_on_error():
            deploying = pool.submit(self._cli.deploy, running.endpoint, read)
            settled(deploying)
            code = deploying.result()
        self._protect(running, stacks, output)
        if code != 0:
            raise self._deploy_failed(running, stacks, output)
        return {label: event.state for label, event in output.stacks.items()}

    def _protect(self, running: Running, stacks: tuple[SynthesizedStack, ...], output: DeployOutput) -> None:
        """Protect the stacks that have been created from deletion, as `mlops-stages protect` has it done on AWS."""
        known = protected_stacks.read(self._cli.protected_stacks)
        ended = {label for label, event in output.stacks.items() if event.state in {"deployed", "unchanged"}}
        made = [stack for stack in stacks if stack.label in ended and stack.name not in known]
        done = {stack.name for stack in made if protect(running.endpoint, stack.account, stack.region, stack.name)}
        if done:
            protected_stacks.write(self._cli.protected_stacks, known | done)

    def undo(self) -> bool:
        """Stop the local AWS if this run started it; return whether one is left running."""
        if self._running is not None and self._running.started:
            process.stop(self._cli.directory)
            return False
        return self._running is not None

    def interrupted(self) -> UserError:
        """Stop what this run started; return the error that says so."""
        message = (
            "interrupted; the local AWS was running before and still is, its stacks perhaps half deployed"
            if self.undo()
            else "interrupted; nothing that this run started is left running"
        )
        return UserError(
            "LOC-033", str(self._cli.directory), message, "run `mlops-stages up` again", exit_code=INTERRUPTED
        )

    def _synth(self) -> None:
        self._watcher.step("synthesizing the stacks")
        synthesize(self._cli)

    def _start(self) -> None:
        self._watcher.step("starting the local AWS")
        running = self._running = _started(self._cli.directory, self._port)
        if self._platform.organization_id is not None:
            inventory.post(running.endpoint, "organization", organization_of(self._platform))
        self.stand_ins = stand_in(running.endpoint, self._platform)
        known = self._bootstrapped(running)
        missing = [account for account in self._platform.accounts_deployed_to if account not in known]
        if missing:
            self._watcher.step(f"bootstrapping {len(missing)} accounts")
        members = [account for account in missing if account in self._platform.accounts_in_use]
        # Nobody deploys from another account to the management account.
        for accounts, trusted in (([a for a in missing if a not in members], None), (members, self._trusted())):
            if accounts and self._cli.bootstrap(running.endpoint, accounts, trusted) != 0:
                log = self._cli.log("bootstrap")
                raise UserError(
                    "LOC-031",
                    running.endpoint.url,
                    f"the accounts could not be bootstrapped:\n{telling_lines(log)}",
                    f"all of it is in {log}; `mlops-stages down` then `up` starts from nothing",
                    exit_code=1,
                )

    def _bootstrapped(self, running: Running) -> frozenset[str]:
        if running.started:
            return frozenset()
        return inventory.bootstrapped(inventory.live(running.endpoint), self._platform.region, self._cli.qualifier)

    def _trusted(self) -> str | None:
        """The account that deploys to the others, where the platform has one."""
        return self._platform.deployed.get(Purpose.TOOLING)

    def _deploy_failed(self, running: Running, stacks: tuple[SynthesizedStack, ...], output: DeployOutput) -> UserError:
        log = self._cli.log("deploy")
        failures = [*output.failures]
        for stack in stacks:
            event = output.stacks.get(stack.label)
            if event is not None and event.state not in {"deployed", "unchanged"} and not _tells_of(failures, stack):
                failures += explained(running.endpoint, stack.account, stack.region, stack.name)
        told = "\n".join(f"{f.stack}: {f.resource} ({f.type}): {f.reason}" for f in failures) or telling_lines(log)
        return UserError(
            "LOC-032",
            running.endpoint.url,
            f"the deploy failed; the local AWS is left running, rolled back as CloudFormation does:\n{told}",
            f"correct what it names and run `mlops-stages up` again; the whole output is in {log}",
            exit_code=1,
        )


def organization_of(platform: Platform) -> dict[str, object]:
    """What the local AWS is told of the organization: with guardrails, where its policies are made."""
    told: dict[str, object] = {"id": platform.organization_id, "accounts": platform.accounts_in_use}
    if platform.guardrails is None:
        return told
    return {**told, "management": platform.guardrails.management_account, "root": platform.guardrails.root_id}


def _started(directory: Path, port: int | None) -> Running:
    spelling = os.environ.get(VARIABLE, Spelling.NEWER)
    if spelling not in list(Spelling):
        raise UserError(
            "LOC-114",
            VARIABLE,
            f"{spelling!r} is not a spelling of condition keys",
            "set it to `older` or `newer`, or unset it",
        )
    try:
        return process.start(directory, port)
    except process.PortError as error:
        raise UserError(
            "LOC-110",
            f"--port {port}",
            str(error),
            "name a free port, or leave `--port` out; `mlops-stages down` stops what runs here",
        ) from error
    except process.LocalAwsError as error:
        raise UserError(
            "LOC-034",
            str(directory / process.STATE_DIRECTORY),
            str(error),
            "run `mlops-stages down`, then `mlops-stages up`",
            exit_code=1,
        ) from error


def _tells_of(failures: list[Failure], stack: SynthesizedStack) -> bool:
    return any(failure.stack == stack.label for failure in failures)


def _split(
    found: tuple[Live, ...], stacks: tuple[SynthesizedStack, ...], states: dict[str, StackState]
) -> tuple[tuple[DeployedStack, ...], tuple[DeployedStack, ...]]:
    """Part the live stacks into those of the platform and the others."""
    counts = inventory.by_stack(found)
    ours = tuple(
        DeployedStack(
            name=stack.name,
            account=stack.account,
            state=states.get(stack.label, "unchanged"),
            resources=counts.pop((stack.account, stack.name), 0),
        )
        for stack in stacks
    )
    others = tuple(
        DeployedStack(name=name, account=account, state="unchanged", resources=count)
        for (account, name), count in counts.items()
    )
    return ours, others
