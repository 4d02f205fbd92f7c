"""What the local AWS holds but does not enact, by resource type: said, so that nothing is silent."""

BEHAVIOURS: dict[str, tuple[str, ...]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("Nothing scales: the number of instances stays as it is.",),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("Nothing scales, so no policy is followed.",),
    "AWS::Athena::WorkGroup": ("No query runs: each ends with an answer that is made up.",),
    "AWS::Budgets::Budget": ("Nothing is spent here, so no threshold is crossed and no mail is sent.",),
    "AWS::CE::AnomalyMonitor": ("No cost is observed, so no anomaly is found.",),
    "AWS::CE::AnomalySubscription": ("No anomaly is found, so nobody is told.",),
    "AWS::CDK::Metadata": ("Only noted; AWS does no more with it.",),
    "AWS::Chatbot::SlackChannelConfiguration": (
        "No channel shows anything; every workspace counts as let in, and the channel's role is never taken on.",
    ),
    "AWS::CloudWatch::Alarm": (
        "It looks for data two periods further back than it needs; AWS looks back too, and does not say how far.",
        "Alarms on sums, counts and extremes go off as soon as the outcome is certain, not at the end of the minute.",
    ),
    "AWS::CloudTrail::Trail": (
        "No digest files are written for log validation.",
        "What CloudFormation does by itself is not recorded, only the calls made to it.",
    ),
    "AWS::CodeArtifact::PackageGroup": ("No version comes in here, so no rule is applied; whom it covers is told.",),
    "AWS::CodeArtifact::Repository": ("No package is stored, and none is fetched from PyPI.",),
    "AWS::CodeBuild::Project": ("No build runs.",),
    "AWS::CodePipeline::Pipeline": ("No stage runs: what would start one is refused with status 501.",),
    "AWS::DynamoDB::Table": ("Items are plain in memory, and there is no point in time to recover them from.",),
    "AWS::SQS::Queue": ("Messages are plain in memory, and KMS is not asked for them.",),
    "AWS::CodeConnections::Connection": ("It stays pending: there is no console to confirm it in.",),
    "AWS::EC2::FlowLog": ("No packet flows here, so no record is written.",),
    "AWS::EC2::SecurityGroup": ("Rules are kept; there is no network on which they could be enforced.",),
    "AWS::EC2::SecurityGroupEgress": ("Rules are kept; there is no network on which they could be enforced.",),
    "AWS::EC2::SecurityGroupIngress": ("Rules are kept; there is no network on which they could be enforced.",),
    "AWS::EC2::VPCEndpoint": (
        "Calls do not travel through the endpoint, and its policy is not asked.",
        "Private names do not resolve to it.",
    ),
    "AWS::ECR::Repository": (
        "Images are not scanned, and none expires.",
        "What a Docker client sends is not judged by the repository's policy, only calls of the API.",
    ),
    "AWS::Events::Rule": (
        "Waits between retries have no jitter.",
        "Targets other than queues, topics, functions, state machines, buses and SageMaker's pipelines fail.",
    ),
    "AWS::IAM::OIDCProvider": ("No token is checked by its signature: tests say what a token would.",),
    "AWS::Glue::Table": ("It is kept and told; nothing reads what it describes.",),
    "AWS::Glue::DataCatalogEncryptionSettings": (
        "The setting is kept; the catalog's bytes in memory are plain, and KMS is not asked for them.",
    ),
    "AWS::KMS::Key": (
        "Objects are marked as encrypted with the key; their bytes in memory and on disk are plain.",
        "The key does not rotate by itself.",
    ),
    "AWS::Lambda::EventSourceMapping": (
        "A queue's key is not asked for the function's role. Streams are read as ministack reads them.",
    ),
    "AWS::Lambda::Function": (
        "It runs with this machine's Python, whatever its runtime and architecture say.",
        "Traces are not kept; code and variables are not encrypted in memory.",
    ),
    "AWS::Logs::LogGroup": ("Events are not encrypted in memory, and expire only when they are read.",),
    "AWS::Logs::MetricFilter": (
        "Constant values are counted; values taken from the event, dimensions and space-delimited patterns are not.",
    ),
    "AWS::Organizations::Policy": ("Calls are judged by it; what CloudFormation does inside an account is not.",),
    "AWS::RAM::ResourceShare": (
        "Sharing with the organization is turned on from the start; nobody has to accept an invitation.",
    ),
    "AWS::S3::Bucket": (
        "Access logs are not written to the log bucket.",
        "Lifecycle rules expire and move nothing.",
    ),
    "AWS::SageMaker::Domain": (
        "Studio opens no page, starts no JupyterLab and so shuts down no idle one.",
        "No home file system is made; its id is a name only.",
    ),
    "AWS::SageMaker::Endpoint": (
        "One process of this machine stands for all instances of a variant: nothing scales, and no instance fails.",
        "A share of a fleet is rounded down to whole instances, at least one; AWS does not say how it rounds.",
        "A version that an alarm sends back fails its stack; what CloudFormation does then, AWS does not say.",
        "Its metrics of instances (processor, memory, disk) are not published.",
    ),
    "AWS::SageMaker::EndpointConfig": (
        "Instance types, volume keys and routing are kept; the model runs on this machine.",
        "Detailed observability is kept; no container is asked for `/metrics`.",
    ),
    "AWS::SageMaker::FeatureGroup": (
        "The history is in S3 at once, a file a record; AWS gathers records for up to 15 minutes.",
        "The role is not tried on the bucket, the table gets no partitions, and no record expires.",
    ),
    "AWS::SageMaker::MlflowApp": ("No MLflow server answers, and its presigned URL opens nothing.",),
    "AWS::SageMaker::Model": (
        "Subnets and security groups are kept; a container has no network, or the local AWS alone.",
        "An image is a Python environment of this machine; nothing is pulled, and no permission to pull is asked.",
    ),
    "AWS::SageMaker::ModelPackageGroup": ("Groups are not shared through RAM: another account names one by its ARN.",),
    "AWS::SageMaker::Pipeline": (
        "An image is a Python environment of this machine; nothing is pulled, and no permission to pull is asked.",
        "Instance types, subnets, security groups and volume keys of jobs are kept; a step runs on this machine.",
        "A step without network isolation reaches the local AWS and nothing else.",
        "Retry policies are kept; the faults of AWS that they wait for do not happen here.",
        "No experiment or trial is made for an execution.",
    ),
    "AWS::SageMaker::UserProfile": ("The presigned URL names the person and opens nothing.",),
    "AWS::Scheduler::Schedule": (
        "A flexible window has one moment for a schedule's time. Waits between retries have no jitter.",
    ),
    "AWS::SSO::ApplicationAssignment": ("Nobody signs in to Identity Center, assigned or not.",),
    "AWS::SSO::Assignment": ("No role is made in the account; a person comes by what other roles' trust says.",),
    "AWS::SSO::InstanceAccessControlAttributeConfiguration": ("Nobody signs in, so no attribute is passed on.",),
    "AWS::SNS::Subscription": ("E-mail is not sent, and needs no confirmation.",),
    "AWS::StepFunctions::StateMachine": (
        "Whether the role may deliver logs is not asked. Traces are not kept, and nothing is encrypted in memory.",
        "Histories leave out the states of branches and items. Retries with jitter wait as long as they may.",
    ),
}
"""By type; shown with the count of resources."""
