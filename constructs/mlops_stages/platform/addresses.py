"""How one account finds what is in another: by names that are spelled here and nowhere else.

CloudFormation exports stop at an account's border. What crosses it has a name that follows from platform.yaml, so that
a policy in one account can be written before the resource in the other exists.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mlops_stages.platform.data import DataClassification

_DUTY = "{platform}-{whose}.{duty}"
"""A dot, which no team, person or model can have: in an account of several purposes no other role has that name.

No duty is both a team's and a model's, so that a model may be named as a team."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The names of a platform's resources that are used from another account; ids of accounts by purpose.

    Every name fits its service's limit by construction: platform 12, team 20, model 24 characters at most.
    """

    platform: str
    partition: str
    region: str
    experimentation: str
    development: str
    tooling: str
    data: str
    staging: str | None = None
    production: str | None = None
    governance: str | None = None
    organization_id: str | None = None

    # Accounts

    def account_of(self, environment: str) -> str:
        """The account that models serve in, by the environment's name: `staging` or `production`.

        Raises:
            ValueError: for another name, or an account that the platform does not name.
        """
        account = {"staging": self.staging, "production": self.production}.get(environment)
        if account is None:
            message = f"the platform has no account for the environment {environment!r}"
            raise ValueError(message)
        return account

    def environments_in(self, accounts: Collection[str]) -> tuple[str, ...]:
        """The environments whose models serve in these accounts, in order."""
        served = {"staging": self.staging, "production": self.production}
        return tuple(name for name, account in served.items() if account in accounts)

    @property
    def ledger_account(self) -> str:
        """Where the ledger is kept: with governance, where those who release administer nothing, else with tooling."""
        return self.tooling if self.governance is None else self.governance

    @property
    def heads_account(self) -> str:
        """Where the ledger's heads are signed and kept: another account than the ledger's, where there is another.

        Raises:
            ValueError: if the platform names neither governance nor production.
        """
        return self.account_of("production") if self.governance is None else self.tooling

    # Roles

    def duty_role_name(self, team: str, duty: str) -> str:
        """The role that people, or CI, take on for one duty of a team."""
        return _DUTY.format(platform=self.platform, whose=team, duty=duty)

    def model_role_name(self, model: str, duty: str) -> str:
        """The role that people, or jobs, take on for one model; models are unique in the platform."""
        return _DUTY.format(platform=self.platform, whose=model, duty=duty)

    def _role(self, account: str, team: str, name: str) -> str:
        return f"arn:{self.partition}:iam::{account}:role/{self.platform}/{team}/{name}"

    def duty_role(self, account: str, team: str, duty: str) -> str:
        """The ARN of a duty's role in an account."""
        return self._role(account, team, self.duty_role_name(team, duty))

    def model_role(self, account: str, team: str, model: str, duty: str) -> str:
        """The ARN of a model's role in an account, under its team's path."""
        return self._role(account, team, self.model_role_name(model, duty))

    def team_roles(self, account: str, team: str) -> str:
        """The pattern of ARNs of all roles of a team in an account, for `ArnLike`."""
        return self._role(account, team, "*")

    def ci_role(self, team: str) -> str:
        """What a team's repository becomes in the tooling account."""
        return self.duty_role(self.tooling, team, "ci")

    def deliver_role(self, team: str) -> str:
        """What a team's CI becomes in the development account, to start pipelines."""
        return self.duty_role(self.development, team, "deliver")

    def data_jobs_role_name(self, team: str, classification: DataClassification | str) -> str:
        """The role of the jobs that make a team's datasets of one classification."""
        return self.duty_role_name(team, f"data-jobs-{classification}")

    def data_jobs_role(self, team: str, classification: DataClassification | str) -> str:
        """Its ARN, in the data account."""
        return self._role(self.data, team, self.data_jobs_role_name(team, classification))

    def data_jobs_roles(self, team: str) -> str:
        """The pattern of the ARNs of a team's, of every classification, for `ArnLike`."""
        return self.data_jobs_role(team, "*")

    def pipeline_role_name(self, model: str) -> str:
        """The role under which a model's pipeline and its steps run."""
        return self.model_role_name(model, "pipeline")

    def pipeline_role(self, team: str, model: str) -> str:
        """The ARN of a model's pipeline role in the development account."""
        return self.model_role(self.development, team, model, "pipeline")

    def serve_role_name(self, model: str, environment: str) -> str:
        """The role under which SageMaker serves a model; several environments may share an account."""
        return f"{self.platform}-{model}.serve-{environment}"

    def serve_role(self, account: str, team: str, model: str, environment: str) -> str:
        """Its ARN, in the account that the model serves in."""
        return self._role(account, team, self.serve_role_name(model, environment))

    def promote_role(self, team: str, model: str) -> str:
        """What a model's promotion becomes in the tooling account."""
        return self.model_role(self.tooling, team, model, "promote")

    def retrain_role(self, team: str, model: str) -> str:
        """What looks once a day whether a model is to be trained again, in the tooling account."""
        return self.model_role(self.tooling, team, model, "retrain")

    def start_retraining_role(self, team: str, model: str) -> str:
        """What that becomes in the development account."""
        return self.model_role(self.development, team, model, "start-retraining")

    def deploy_role_name(self, model: str, environment: str) -> str:
        """What a model's promotion becomes in the account that the model serves in."""
        return self.model_role_name(model, f"deploy-{environment}")

    def deploy_role(self, team: str, model: str, environment: str) -> str:
        """Its ARN."""
        return self._role(self.account_of(environment), team, self.deploy_role_name(model, environment))

    def cloudformation_role_name(self, model: str, environment: str) -> str:
        """What CloudFormation becomes there, to make what a release takes."""
        return self.model_role_name(model, f"cloudformation-{environment}")

    def cloudformation_role(self, team: str, model: str, environment: str) -> str:
        """Its ARN."""
        return self._role(self.account_of(environment), team, self.cloudformation_role_name(model, environment))

    def _platform_role_name(self, duty: str) -> str:
        return self.duty_role_name("platform", duty)  # a name that no team can have

    @property
    def ledger_writer_role(self) -> str:
        """The ARN of the only role that adds records to the ledger, in its account."""
        return self._role(self.ledger_account, "platform", self._platform_role_name("write-ledger"))

    @property
    def ledger_signer_role(self) -> str:
        """The ARN of the only role that signs the ledger's heads, in their account."""
        return self._role(self.heads_account, "platform", self._platform_role_name("sign-ledger"))

    @property
    def ledger_auditor_role(self) -> str:
        """The ARN of the role under which auditors read records and heads, in the ledger's account."""
        return self._role(self.ledger_account, "platform", self._platform_role_name("audit-ledger"))

    @property
    def ledger_writer_name(self) -> str:
        """The function that adds records to the ledger."""
        return f"{self.platform}-ledger-writer"

    @property
    def ledger_signer_name(self) -> str:
        """The function that signs the ledger's heads."""
        return f"{self.platform}-ledger-signer"

    def delivery_role_name(self, step: str) -> str:
        """What a job of the platform's own repository becomes for a step of the delivery."""
        return self._platform_role_name(step)

    def delivery_role(self, step: str) -> str:
        """Its ARN, in the tooling account."""
        return self._role(self.tooling, "platform", self._platform_role_name(step))

    @property
    def delivery_topic_name(self) -> str:
        """Where the platform's owner is told of a delivery that failed, in the tooling account."""
        return f"{self.platform}-delivery"

    @property
    def delivery_topic(self) -> str:
        """Its ARN."""
        return f"arn:{self.partition}:sns:{self.region}:{self.tooling}:{self.delivery_topic_name}"

    def promote_roles(self) -> str:
        """The pattern of the ARNs of every model's promotion, for `ArnLike`."""
        return self._role(self.tooling, "*", self.model_role_name("*", "promote"))

    def retrain_roles(self) -> str:
        """The pattern of the ARNs of every model's retraining, for `ArnLike`."""
        return self._role(self.tooling, "*", self.model_role_name("*", "retrain"))

    # Buckets and keys

    def artifacts_bucket(self, team: str) -> str:
        """A team's step scripts, models and evaluations, in the tooling account."""
        return f"{self.platform}-{team}-artifacts-{self.tooling}"

    def artifacts_key_alias(self, team: str) -> str:
        """The alias of the key that they are under."""
        return f"alias/{self.platform}/{team}/artifacts"

    def pipelines_bucket(self, team: str) -> str:
        """What pass the steps of a team's pipelines, in the development account."""
        return f"{self.platform}-{team}-pipelines-{self.development}"

    def pipelines_key_alias(self, team: str) -> str:
        """The alias of the key that they are under, the volumes of jobs too."""
        return f"alias/{self.platform}/{team}/pipelines"

    def data_bucket(self, team: str, classification: DataClassification) -> str:
        """A team's versioned data of one classification, in the data account."""
        return f"{self.platform}-{team}-{classification}-{self.data}"

    def data_key_alias(self, team: str, classification: DataClassification) -> str:
        """The alias of the key that it is under."""
        return f"alias/{self.platform}/{team}/data/{classification}"

    def capture_key_alias(self, team: str, environment: str, classification: DataClassification) -> str:
        """The alias of the key that a team's captured decisions of one classification are under."""
        return f"alias/{self.platform}/{team}/capture/{environment}/{classification}"

    def challenges_bucket(self, team: str) -> str:
        """The requests that candidates of a team are judged on, in the production account."""
        return f"{self.platform}-{team}-challenges-{self.account_of('production')}"

    def challenges_key_alias(self, team: str) -> str:
        """The alias of the key that they are under."""
        return f"alias/{self.platform}/{team}/challenges"

    def serving_key_alias(self, team: str, environment: str) -> str:
        """The alias of the key of what a team's models run on, log and tell in one environment."""
        return f"alias/{self.platform}/{team}/serving/{environment}"

    @property
    def ledger_bucket(self) -> str:
        """Every model's records, in the ledger's account."""
        return f"{self.platform}-ledger-{self.ledger_account}"

    @property
    def heads_bucket(self) -> str:
        """The signed heads of the ledgers, in the heads' account."""
        return f"{self.platform}-ledger-heads-{self.heads_account}"

    def ledger_queue_name(self, team: str, model: str) -> str:
        """Where a model's records are sent to: `mlops_stages.runtime.ledger.writer` reads team and model off it."""
        return f"{self.platform}_ledger_{team}_{model}.fifo"

    def ledger_queue(self, team: str, model: str) -> str:
        """Its ARN, in the ledger's account."""
        name = self.ledger_queue_name(team, model)
        return f"arn:{self.partition}:sqs:{self.region}:{self.ledger_account}:{name}"

    def ledger_failed_queue_name(self, team: str, model: str) -> str:
        """Where those of its records lie that could not be written; the writer reads team and model off it, too."""
        return f"{self.platform}_ledger-failed_{team}_{model}.fifo"

    @property
    def ledger_key_alias(self) -> str:
        """The alias of the key that records, and messages on their way, are under."""
        return f"alias/{self.platform}/ledger"

    @property
    def heads_key_alias(self) -> str:
        """The alias of the key that the signed heads are under."""
        return f"alias/{self.platform}/ledger-heads"

    @property
    def signing_key_alias(self) -> str:
        """The alias of the key that signs them."""
        return f"alias/{self.platform}/ledger-signing"

    def bucket_arn(self, name: str) -> str:
        """The ARN of a bucket."""
        return f"arn:{self.partition}:s3:::{name}"

    def keys(self, account: str) -> str:
        """The pattern of the ARNs of an account's keys; narrow it by `kms:ResourceAliases`."""
        return f"arn:{self.partition}:kms:{self.region}:{account}:key/*"

    def key_alias_arn(self, account: str, alias: str) -> str:
        """The ARN by which a request names another account's key through its alias."""
        return f"arn:{self.partition}:kms:{self.region}:{account}:{alias}"

    # Models

    def pipeline_name(self, team: str, model: str) -> str:
        """A model's pipeline in the development account."""
        return f"{team}-{model}"

    def pipeline(self, team: str, model: str) -> str:
        """Its ARN."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.development}:pipeline/{team}-{model}"

    def package_group_name(self, team: str, model: str) -> str:
        """A model's group of packages in the tooling account's registry."""
        return f"{team}-{model}"

    def package_group(self, team: str, model: str) -> str:
        """Its ARN."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.tooling}:model-package-group/{team}-{model}"

    def packages(self, team: str, model: str) -> str:
        """The pattern of the ARNs of its packages, the versions."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.tooling}:model-package/{team}-{model}/*"

    def image_repository_name(self, team: str, model: str) -> str:
        """A model's container images, in the tooling account."""
        return f"{self.platform}/{team}/{model}"

    def image_repository(self, team: str, model: str) -> str:
        """Its ARN."""
        name = self.image_repository_name(team, model)
        return f"arn:{self.partition}:ecr:{self.region}:{self.tooling}:repository/{name}"

    def image_uri(self, team: str, model: str) -> str:
        """Where its images are pushed to and pulled from, without a tag."""
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        host = f"{self.tooling}.dkr.ecr.{self.region}.{suffix}"
        return f"{host}/{self.image_repository_name(team, model)}"

    def endpoint_name(self, team: str, model: str, environment: str) -> str:
        """What a model's callers name: its endpoint in one environment."""
        return f"{team}-{model}-{environment}"

    def team_stack_name(self, team: str, environment: str) -> str:
        """The stack that holds what a team's models rest on in one environment."""
        return f"{self.platform}-{environment}-team-{team}"

    def decisions_export_name(self, team: str, environment: str, classification: DataClassification) -> str:
        """The export of that stack by which its bucket of decisions is found: CloudFormation chooses the name."""
        return f"{self.team_stack_name(team, environment)}:{classification.title()}DecisionsBucket"

    def model_stack_name(self, model: str, environment: str) -> str:
        """The stack that holds a model's endpoint or transform in one environment: a release changes its parameters."""
        return f"{self.platform}-{environment}-model-{model}"

    def transform_name(self, model: str, environment: str) -> str:
        """What a batch model's schedule, its group and the rule that tells of failed jobs are named by."""
        return f"{self.platform}-{model}-{environment}-transform"

    def decisions_name(self, model: str, environment: str) -> str:
        """What the function that reads a model's decisions, its queue, its schedule and its alarms are named by."""
        return f"{self.platform}-{model}-{environment}-decisions"

    def decisions_layer_name(self, team: str, environment: str) -> str:
        """The layer that a team's functions of that kind run on."""
        return f"{self.platform}-{team}-{environment}-duckdb"

    def read_decisions_duty(self, environment: str) -> str:
        """The duty of that function."""
        return f"read-decisions-{environment}"

    def monitors_name(self, model: str, environment: str) -> str:
        """What the function that judges a model's decisions, its schedule and its alarms are named by."""
        return f"{self.platform}-{model}-{environment}-monitors"

    def notices_name(self, model: str, environment: str) -> str:
        """What the function that tells of a model's alarms, its queue and its schedules' group are named by."""
        return f"{self.platform}-{model}-{environment}-notices"

    def chat_name(self, team: str, environment: str, workspace: str, channel: str) -> str:
        """The configuration by which a team's models speak in a chat channel."""
        return f"{self.platform}-{team}-{environment}-{workspace}-{channel}"

    def dashboard_name(self, model: str, environment: str) -> str:
        """A model's dashboard in CloudWatch."""
        return f"{self.platform}-{model}-{environment}"

    def alarms_begin_with(self, team: str, model: str, environment: str) -> Mapping[str, str]:
        """What the names of the alarms begin with that a model's owner is told of, and what people say for that.

        Those of a release are not among them: its promotion tells what has become of it.
        """
        return {
            f"{self.endpoint_name(team, model, environment)}-": "",
            f"{self.decisions_name(model, environment)}-": "decisions-",
            f"{self.monitors_name(model, environment)}-": "",
        }

    def notify_duty(self, environment: str) -> str:
        """The duty of that function."""
        return f"notify-{environment}"

    def see_duty(self, environment: str) -> str:
        """The duty of those who see what monitors found, and acknowledge alarms."""
        return f"see-{environment}"

    def query_duty(self, environment: str) -> str:
        """The duty of those who query what a model decided."""
        return f"query-{environment}"

    def queries_name(self, model: str, environment: str) -> str:
        """Athena's workgroup in which they do."""
        return f"{self.platform}-{model}-{environment}-queries"

    def tables_name(self, model: str, environment: str) -> str:
        """The catalog's database of what it decided; no hyphens, which Athena would want quoted."""
        return f"{self.platform}_{model}_{environment}".replace("-", "_")

    def monitor_duty(self, environment: str) -> str:
        """The duty of that function."""
        return f"monitor-{environment}"

    def monitor_role(self, team: str, model: str, environment: str) -> str:
        """The ARN of its role, which reads the model's labels in the data account."""
        return self.model_role(self.account_of(environment), team, model, self.monitor_duty(environment))

    def retraining_name(self, model: str) -> str:
        """What the function is named by that looks whether a model is to be trained again, its queue and its alarm."""
        return f"{self.platform}-{model}-retraining"

    def promotion_name(self, model: str) -> str:
        """A model's state machine in the tooling account, which brings a version to production."""
        return f"{self.platform}-{model}-promotion"

    def promotion(self, model: str) -> str:
        """Its ARN."""
        return f"arn:{self.partition}:states:{self.region}:{self.tooling}:stateMachine:{self.promotion_name(model)}"

    def request_function_name(self, model: str) -> str:
        """The function in the tooling account that begins a model's promotions and way back."""
        return f"{self.platform}-{model}-request"

    def request_function(self, model: str) -> str:
        """Its ARN."""
        name = self.request_function_name(model)
        return f"arn:{self.partition}:lambda:{self.region}:{self.tooling}:function:{name}"

    def releases_table_name(self, model: str) -> str:
        """What a model's promotions remember, in the tooling account."""
        return f"{self.platform}-{model}-releases"

    def releases_table(self, model: str) -> str:
        """Its ARN."""
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.tooling}:table/{self.releases_table_name(model)}"

    def promotion_key_alias(self, team: str) -> str:
        """The alias of the key that it is under."""
        return f"alias/{self.platform}/{team}/promotion"
