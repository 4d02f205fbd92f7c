"""Commands to try once a platform runs, made of what really runs: each works as it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_stages.cli.common import shortest
from mlops_stages.cli.report import Promoted
from mlops_stages.cli.way import back
from mlops_stages.local.client.inventory import Live
from mlops_stages.local.client.model_runs import ModelRun
from mlops_stages.platform import Duty, Member, Model, Persona, Platform, Team


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A command, and what it shows."""

    why: str
    command: str


def suggestions(
    platform: Platform, live: Iterable[Live], runs: Iterable[ModelRun] = (), promotions: Iterable[Promoted] = ()
) -> tuple[Suggestion, ...]:
    """Return what to try: what waits for somebody, being people where they may and may not, asking for the state."""
    promoted = tuple(promotions)
    approved = {(each.progress.team, each.progress.model) for each in promoted}
    return (
        *_releasing(platform, promoted),
        *_as_someone(platform, tuple(live)),
        *_approving(platform, (run for run in runs if (run.team, run.model) not in approved)),
        Suggestion(why="see the stacks", command="mlops-stages status"),
    )


def _releasing(platform: Platform, promotions: Iterable[Promoted]) -> Iterator[Suggestion]:
    """The second approval of the first version that waits for it, what then serves, and how a bad version goes back."""
    for each in promotions:
        progress = each.progress
        if progress.status != "waiting":
            continue
        name, team = f"{progress.team}/{progress.model}", platform.team(progress.team)
        members = {member.email: member.name for member in team.members}
        who = members.get(progress.able[0], progress.able[0])
        yield Suggestion(
            why=f"approve {name} {each.version} for production, as {who}",
            command=f"mlops-stages approve {name} --for production --as {who}",
        )
        yield Suggestion(why="see it arrive there", command=f"mlops-stages follow {name}")
        if each.rows is not None:
            yield Suggestion(
                why=f"call it, as {who}",
                command=f"mlops-stages invoke {name} {shortest(each.rows)} --environment production --as {who}",
            )
        model = next(one for one in team.models if one.name == progress.model)
        for number, step in enumerate(back(team, model, f"../{model.name}-bad"), 1):
            yield Suggestion(why=f"break a version on purpose, {number}: {step.why}", command=step.command)
        return


def _approving(platform: Platform, runs: Iterable[ModelRun]) -> Iterator[Suggestion]:
    """Approving the first package that waits for it, as someone who may and as someone who may not."""
    for run in runs:
        team = platform.team(run.team)
        if run.package.approval != "PendingManualApproval":
            continue
        model = next(each for each in team.models if each.name == run.model)
        what = f"approve version {run.package.version} of {run.model} as"
        if trainer := _first(team, Duty.TRAIN, model):
            code = (
                "import boto3; boto3.client('sagemaker').update_model_package("
                f"ModelPackageArn='{run.package.arn}', ModelApprovalStatus='Approved')"
            )
            yield Suggestion(
                why=f"be refused: {what} {_told(trainer, team)}",
                command=f'mlops-stages act-as --duty {Duty.TRAIN} {team.name}/{trainer.name} -- python -c "{code}"',
            )
        if approver := _first(team, Duty.APPROVE, model):
            yield Suggestion(
                why=f"{what} {_told(approver, team)}",
                command=f"mlops-stages approve {team.name}/{model.name} --version {run.package.version} "
                f"--as {approver.name}",
            )
        return


def _first(team: Team, duty: Duty, model: Model) -> Member | None:
    """The first of a team's people who has a duty."""
    able = duty.people(team, model)
    return next((member for member in team.members if member.email in able), None)


def _told(member: Member, team: Team) -> str:
    return f"{member.name}, {member.persona.replace('_', ' ')} of {team.name}"


def _as_someone(platform: Platform, live: tuple[Live, ...]) -> Iterator[Suggestion]:
    buckets = _team_buckets(platform, live)
    for team in platform.teams:
        for member in team.members:
            if member.persona is not Persona.DATA_SCIENTIST or team.name not in buckets:
                continue
            person = f"{team.name}/{member.name}"
            own = _write(person, buckets[team.name])
            yield Suggestion(
                why=f"be {member.name}, a data scientist of {team.name}: write to your team's bucket", command=own
            )
            other = next((name for name in buckets if name != team.name), None)
            if other is not None:
                refused = _write(person, buckets[other])
                yield Suggestion(why=f"be refused: write to the bucket of team {other}", command=refused)
            return


def _team_buckets(platform: Platform, live: tuple[Live, ...]) -> dict[str, str]:
    """Return one bucket of each team that has people in Studio: one in the stack that holds their profiles."""
    found: dict[str, str] = {}
    for team in platform.teams:
        profiles = {f"{team.name}-{member.name}" for member in team.members}
        stacks = {
            (resource.account, resource.stack)
            for resource in live
            if resource.type == "AWS::SageMaker::UserProfile" and resource.properties.get("UserProfileName") in profiles
        }
        for resource in live:
            if resource.type == "AWS::S3::Bucket" and (resource.account, resource.stack) in stacks:
                found.setdefault(team.name, resource.physical_id)
    return found


def _write(person: str, bucket: str) -> str:
    code = f"import boto3; print(boto3.client('s3').put_object(Bucket='{bucket}', Key='hello', Body=b'hello')['ETag'])"
    return f'mlops-stages act-as {person} -- python -c "{code}"'
