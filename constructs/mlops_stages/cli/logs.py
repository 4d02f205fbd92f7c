"""`mlops-stages logs`: what a model's training printed, here or on AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlops_stages import job_logs
from mlops_stages.cli.callers import shell
from mlops_stages.cli.common import no_proxy, read, running_in
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.job_logs import Client, Job, Line
from mlops_stages.local import refusals
from mlops_stages.platform import Duty, Platform, Team
from mlops_stages.terminal import one_line, say

_PAUSE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What of a team's logs is asked for; without an execution or a job, the last execution of the model."""

    name: str
    execution: str | None = None
    step: str | None = None
    job: str | None = None
    duty: Duty = Duty.TRAIN
    follow: bool = False


def logs(directory: Path, asked: Asked, *, on_aws: bool, as_json: bool) -> None:
    """Print the log of each job, job by job, and where AWS's console shows it.

    In the local AWS as somebody who has the duty; on AWS with the credentials of this shell.

    Errors: CLI-010 no local AWS runs, CLI-014 no such model, CLI-033 it never ran, CLI-034 nobody has the duty, CLI-035
    the shell's credentials do not fit, CLI-036 AWS refused, CLI-037 no such execution, step or job, CLI-038 two things
    asked for at once, CLI-039 no such team.
    """
    if asked.job is not None and (asked.execution is not None or asked.step is not None):
        raise UserError("CLI-038", "--job", "a job is no step of an execution here", "leave out one of the two")
    platform = read(directory)
    if asked.job is None:
        team, model = found_model(platform, asked.name)
        pipeline = platform.addresses.pipeline(team.name, model.name)
    else:
        team, pipeline = _team(platform, asked.name), ""
    account = platform.account(asked.duty.purpose)
    clients = _of_the_shell(platform, account) if on_aws else _of_somebody(directory, platform, team, asked.duty)
    try:
        _tell(_Told(platform, as_json=as_json), clients, asked, pipeline)
    except refusals.ClientError as error:
        raise _explained(error, asked, account) from error
    except refusals.BotoCoreError as error:
        raise UserError(
            "CLI-035",
            f"account {account}",
            f"AWS cannot be asked: {error}",
            f"sign in to it for the duty {asked.duty}; without `--aws`, the local AWS is asked",
            exit_code=1,
        ) from error


def _tell(told: _Told, clients: Callable[[str], Client], asked: Asked, pipeline: str) -> None:
    sagemaker, cloudwatch = clients("sagemaker"), clients("logs")
    if asked.job is None:
        execution = _execution(sagemaker, asked, pipeline)
        look, end = _steps(sagemaker, execution, asked), lambda: told.end(job_logs.run(sagemaker, execution))
        told.begin(f"{asked.name}: {job_logs.run(sagemaker, execution).arn}")
    else:
        look, end = _alone(sagemaker, cloudwatch, asked.job), lambda: None
    for line in job_logs.followed(cloudwatch, look, follow=asked.follow, pause=lambda: time.sleep(_PAUSE_S)):
        told.line(line)
    end()


def _execution(sagemaker: Client, asked: Asked, pipeline: str) -> str:
    if asked.execution is not None:
        return asked.execution if asked.execution.startswith("arn:") else f"{pipeline}/execution/{asked.execution}"
    found = job_logs.latest_execution(sagemaker, pipeline.rpartition("/")[2])
    if found is None:
        raise UserError(
            "CLI-033", asked.name, "its pipeline has not run yet", "let CI deliver a commit; here: `train`", exit_code=1
        )
    return found


def _steps(sagemaker: Client, execution: str, asked: Asked) -> Callable[[], tuple[tuple[Job, ...], bool]]:
    def look() -> tuple[tuple[Job, ...], bool]:
        run = job_logs.run(sagemaker, execution)
        jobs = tuple(job for job in run.jobs if asked.step in (None, job.step))
        if asked.step is not None and not jobs and (run.ended or not asked.follow):
            begun = ", ".join(job.step for job in run.jobs) or "none yet"
            raise UserError(
                "CLI-037",
                f"--step {asked.step}",
                f"no job of {execution} is of that step",
                f"write one of those that have begun: {begun}",
            )
        return jobs, run.ended

    return look


def _alone(sagemaker: Client, cloudwatch: Client, name: str) -> Callable[[], tuple[tuple[Job, ...], bool]]:
    kind = job_logs.kind_of(cloudwatch, name)
    if kind is None:
        raise UserError(
            "CLI-037",
            f"--job {name}",
            "no log of a job of that name is here, or none that the duty may read",
            "write the job's whole name; --duty curate reads the team's data jobs",
            exit_code=1,
        )
    job = Job(kind=kind, name=name)
    words = {"TrainingJob": "training_job", "ProcessingJob": "processing_job", "TransformJob": "transform_job"}[kind]
    describe = getattr(sagemaker, f"describe_{words}")
    return lambda: ((job,), describe(**{f"{kind}Name": name})[f"{kind}Status"] in job_logs.ENDED)


class _Told:
    """Prints: for a person each job under a heading, for programs a JSON object a line."""

    def __init__(self, platform: Platform, *, as_json: bool) -> None:
        self._platform = platform
        self._as_json = as_json
        self._job: Job | None = None
        self._known: dict[str, Job] = {}

    def begin(self, title: str) -> None:
        """Say of what run the logs are."""
        if not self._as_json:
            say(one_line(title))

    def line(self, line: Line) -> None:
        """Print a line of a log, below a heading where the job is another than before."""
        if self._as_json:
            say(json.dumps(line.to_json()))
            return
        if line.job != self._job:
            self._job = line.job
            self._heading(line.job)
        say(f"  {line.time:%H:%M:%S}  {one_line(line.text)}")

    def _heading(self, job: Job) -> None:
        name = f"{job.step}  {job.name}" if job.step else job.name
        again = job.name in self._known
        say(f"\n{one_line(name)}  {'(more)' if again else job.group}")
        if not again:
            self._known[job.name] = job
            url = job_logs.console_url(self._platform.partition, self._platform.region, job)
            say(f"  on AWS: {one_line(url)}")

    def end(self, run: job_logs.Run) -> None:
        """Say how it ended."""
        if self._as_json:
            return
        for step, reason in run.failures:
            say(f"\n{one_line(step)} failed: {one_line(reason)}")
        say(f"\n{one_line(run.status)}")


def _team(platform: Platform, name: str) -> Team:
    team = name.partition("/")[0]
    known = [each.name for each in platform.teams]
    if team not in known:
        raise UserError(
            "CLI-039", repr(name), "platform.yaml has no such team", f"write a team, or TEAM/MODEL: {', '.join(known)}"
        )
    return platform.team(team)


def _of_somebody(directory: Path, platform: Platform, team: Team, duty: Duty) -> Callable[[str], Client]:
    """Clients of the local AWS, for the first of a team who has the duty."""
    from mlops_stages.local.client import duties
    from mlops_stages.local.client.clients import client

    able = duty.people(team)
    if not able:
        raise UserError(
            "CLI-034", f"team {team.name}", f"nobody of it has the duty {duty}", "list such a person in platform.yaml"
        )
    variables = duties.session(running_in(directory).endpoint, platform, team, able[0], duty)
    no_proxy()
    return lambda service: client(service, variables)


def _of_the_shell(platform: Platform, account: str) -> Callable[[str], Client]:
    """Clients with the credentials of this shell, which must be of the account where the logs are."""
    try:
        session, caller = shell(platform)
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        raise UserError(
            "CLI-035",
            f"account {account}",
            f"AWS does not know who asks: {error}",
            "sign in to that account; without `--aws`, the local AWS is asked",
            exit_code=1,
        ) from error
    if caller["Account"] != account:
        raise UserError(
            "CLI-035",
            str(caller["Arn"]),
            f"these credentials are of account {caller['Account']}, the logs are in account {account}",
            "sign in to that account, with the role of the duty",
        )
    return lambda service: session.client(service, region_name=platform.region)


def _explained(error: Exception, asked: Asked, account: str) -> UserError:
    if refusals.code(error) in ("ResourceNotFound", "ResourceNotFoundException", "ValidationException"):
        return UserError(
            "CLI-037",
            asked.job or asked.execution or asked.name,
            f"it is not in account {account}: {refusals.message(error)}",
            "write the id or ARN of an execution, or the name of a job, that is there",
            exit_code=1,
        )
    return UserError(
        "CLI-036",
        f"account {account}",
        f"{refusals.code(error)}: {refusals.message(error)}",
        f"ask with the role of the duty {asked.duty} of the team; logs are the team's own, since they may quote data",
        exit_code=1,
    )
