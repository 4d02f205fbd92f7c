"""The whole app: every stage that the platform offers, and the checks that every template must pass."""

from collections.abc import Collection

from aws_cdk import App, Stack

from mlops_stages.platform import OFFER, Platform, Stage
from mlops_stages.platform.bootstrap import CONTEXT_KEY
from stacks import delivery, initial, reliable, repeatable
from stacks.validation import add_checks

# Set here and not in cdk.json, so that `python app.py` and `cdk synth` write the same bytes.
CONTEXT = {
    # The account and region are known, so templates say `arn:aws:` instead of joining it from parts: easier to review.
    "@aws-cdk/core:enablePartitionLiterals": True,
    # Each resource says which construct made it, which acknowledgements and reviews refer to.
    "aws:cdk:enable-path-metadata": True,
    # What CloudFormation would refuse fails the synth; left to itself, the CDK warns.
    "@aws-cdk/core:validateAgainstDefaultRules": True,
}


def platform_app(platform: Platform, *, outdir: str | None = None, protected: Collection[str] = ()) -> App:
    """Build the app of a platform, not yet synthesized.

    Args:
        platform: what to build.
        outdir: where the cloud assembly goes; `None` leaves it to the CDK.
        protected: names of the stacks that have termination protection: those that have been created.

    Raises:
        PlatformErrors: `PLT-401`, `PLT-402`, `PLT-403` where a stage or region is asked for that this version does not
            deploy; `PLT-340` where the CDK's context has another bootstrap qualifier.
    """
    platform.refuse_beyond(OFFER)
    app = App(
        context=CONTEXT,
        outdir=outdir,
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,  # add_checks brings the same rules
    )
    qualifier = platform.qualifier(app.node.try_get_context(CONTEXT_KEY))
    app.node.set_context(CONTEXT_KEY, qualifier)
    add_checks(app)
    if platform.stage < Stage.REPEATABLE:
        initial.build(app, platform)
    else:
        initial.build(app, platform, repeatable.SharedWithTheTeam(platform))
        repeatable.build(app, platform, qualifier)
    if platform.stage >= Stage.RELIABLE:
        reliable.build(app, platform, qualifier)
        delivery.build(app, platform, qualifier)
    for stack in app.node.children:
        if isinstance(stack, Stack) and stack.node.id in protected:
            stack.termination_protection = True
    return app
