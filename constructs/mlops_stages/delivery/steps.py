"""The jobs of a delivery and what each runs, in one place: each host's writer puts them into its own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_stages.platform import Platform

REVIEW, STAGING, PRODUCTION = "review", "deliver-staging", "deliver-production"
"""The steps that have a role of their own; the stack `PLATFORM-delivery` makes them."""

INSTALL = "make setup"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Lines of shell, and what they are for."""

    says: str
    run: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a job runs, for how many minutes at most, and the ARN of the role that it takes on, if any."""

    minutes: int
    steps: tuple[Step, ...]
    role: str | None = None


def jobs_of(platform: Platform, *, written_to: str, link: str, commit: str) -> Mapping[str, Job]:
    """The jobs of a platform's delivery, by name.

    `written_to` is the workflow's own file; `link` and `commit` are how the host's shell knows the run and its commit.
    """
    addresses = platform.addresses
    review = addresses.delivery_role(REVIEW)
    staging = f"{platform.name}-staging"
    return {
        "check": Job(
            minutes=45,
            steps=(
                Step(says="Check platform.yaml and the pipelines that it names", run=("make validate",)),
                Step(
                    says="See that this workflow is the one of platform.yaml",
                    run=(f".venv/bin/mlops-stages delivery workflow | diff - {written_to}",),
                ),
                Step(says="Deploy everything to an AWS inside this machine", run=("make up ARGS=--no-train",)),
                Step(says="Stop it", run=("make down",)),
                Step(
                    says="Synthesize, with cdk-nag's packs and CloudFormation's own rules",
                    run=(". .venv/bin/activate", "cdk synth --quiet --output cdk.out"),
                ),
            ),
        ),
        "permissions": Job(
            minutes=20,
            role=review,
            steps=(
                Step(
                    says="Compare with what is deployed",
                    run=(
                        ".venv/bin/mlops-stages delivery deployed deployed --app cdk.out",
                        "code=0",
                        ".venv/bin/mlops-stages permissions deployed cdk.out > permissions.txt || code=$?",
                        "cat permissions.txt",
                        'test "$code" -le 1',
                    ),
                ),
            ),
        ),
        "agree": Job(
            minutes=5,
            steps=(
                Step(
                    says="Agree",
                    run=('echo "Somebody agreed to what job permissions lists."',),
                ),
            ),
        ),
        "staging": Job(
            minutes=90,
            role=addresses.delivery_role(STAGING),
            steps=(_deploy("Deploy to staging", f"{staging} '{staging}-*'"),),
        ),
        "smoke": Job(minutes=20, role=review, steps=(_holds("staging"),)),
        "production": Job(
            minutes=180,
            role=addresses.delivery_role(PRODUCTION),
            steps=(_deploy("Deploy everything", "--all"),),
        ),
        "verify": Job(minutes=20, role=review, steps=(_holds("production"),)),
        "tell": Job(
            minutes=10,
            role=review,
            steps=(
                Step(
                    says="Tell the platform's owner",
                    run=(
                        f"aws sns publish --topic-arn {addresses.delivery_topic} \\",
                        '  --subject "The delivery of the infrastructure failed" \\',
                        f'  --message "{link} of commit {commit} did not get through."',
                    ),
                ),
            ),
        ),
    }


def _deploy(says: str, stacks: str) -> Step:
    deploy = f"cdk deploy --app cdk.out --require-approval never --progress events {stacks}"
    return Step(says=says, run=(". .venv/bin/activate", deploy))


def _holds(environment: str) -> Step:
    run = f".venv/bin/mlops-stages delivery smoke {environment} --app cdk.out"
    return Step(says=f"See that {environment} holds", run=(run,))
