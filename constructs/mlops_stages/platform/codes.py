"""Every code that an error about platform.yaml can have. A code never changes its meaning and is never used again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """What a code means, and what to do about it in general; an error itself says it for its place."""

    code: str
    meaning: str
    fix: str


_CAUSES = (
    # Reading the file
    Cause("PLT-001", "There is no such file.", "Name a file that exists, or run in the folder of your platform.yaml."),
    Cause("PLT-002", "The file cannot be read.", "Name an ordinary file that you have the right to read."),
    Cause(
        "PLT-003",
        "The file is too large.",
        "Keep it under 1 MiB and 60,000 keys and values: 500 teams of 10 people fit.",
    ),
    Cause("PLT-004", "The file is not UTF-8 text.", "Save it as UTF-8."),
    Cause(
        "PLT-005", "The file is empty.", "Start from the example at the top of this page, or run `mlops-stages init`."
    ),
    Cause("PLT-006", "The file is not YAML.", "Mend the line named, most often its indentation, a colon or a quote."),
    Cause("PLT-007", "The file holds several documents.", "Keep one document: remove what follows the second `---`."),
    Cause("PLT-008", "A key is written twice in one map.", "Keep one of the two."),
    Cause("PLT-009", "An alias or merge (`*name`, `<<`) is used.", "Write the value out where it is used."),
    Cause("PLT-010", "A tag or directive (`!name`, `%YAML`) is used.", "Leave it out; put quotes around text."),
    Cause("PLT-011", "Lists or maps are nested too deeply.", "Nothing in this file needs more than 8 levels."),
    Cause("PLT-012", "A text holds a character that does not print.", "Remove the character, or type the text again."),
    Cause("PLT-013", "The top of the file is not a map.", "Start with `name: acme` at the left margin."),
    Cause("PLT-014", "A key is not plain text.", "Write a word and a colon."),
    Cause("PLT-015", "A key or list item has no value.", "Give it one, or leave it out."),
    # Shape
    Cause("PLT-101", "The key is unknown here.", "Use one of the keys that the error names, or remove it."),
    Cause("PLT-102", "A key is missing.", "Add it."),
    Cause("PLT-103", "The value is of the wrong kind.", "Write the kind of value that the error names."),
    Cause("PLT-104", "A text has no quotes, so YAML reads it as something else.", "Put it in double quotes."),
    Cause("PLT-105", "The number is out of range.", "Write a number within the bounds that the error names."),
    Cause("PLT-106", "The list is too short or too long.", "Add or remove items."),
    Cause("PLT-107", "The value is not one of the allowed words.", "Use one of the words that the error names."),
    Cause("PLT-108", "The number is not finite.", "Write an ordinary number."),
    # Values
    Cause("PLT-201", "The platform's name does not fit.", "Use 2 to 12 of a-z and 0-9, starting with a letter."),
    Cause("PLT-202", "There is no such AWS region.", "Use the code of a region, such as `eu-west-1`."),
    Cause(
        "PLT-203", "This is no organization id.", "Copy it from AWS Organizations: `o-` and 10 to 32 of a-z and 0-9."
    ),
    Cause("PLT-204", "This is no AWS account id.", "Write its 12 digits in quotes, zeros in front included."),
    Cause("PLT-205", "There is no such purpose of an account.", "Use one of the seven purposes that the error names."),
    Cause("PLT-206", "This is no e-mail address that AWS accepts.", "Write one address, such as `ann@acme.example`."),
    Cause("PLT-207", "The tag key is ours or AWS's.", "Choose another key; ours are set on everything already."),
    Cause("PLT-208", "The tag's key or value does not fit.", "Keep to letters, digits, spaces and `_ . : / = + - @`."),
    Cause("PLT-209", "The team's name does not fit.", "Use 3 to 20 of a-z, 0-9 and single hyphens."),
    Cause("PLT-210", "The team's name is reserved.", "Choose another; `platform` and `shared` name what no team owns."),
    Cause("PLT-211", "The model's name does not fit.", "Use 3 to 24 of a-z, 0-9 and single hyphens."),
    Cause("PLT-212", "The cost center does not fit.", "Use 1 to 64 letters, digits, spaces and `_ . : / = + - @`."),
    Cause("PLT-213", "This is no private network range.", "Write a private range, such as `10.20.0.0/16`."),
    Cause("PLT-214", "This is no id of a VPC or subnet.", "Copy the id from the network team."),
    Cause("PLT-215", "The ARN does not fit.", "Copy the whole ARN from AWS."),
    Cause("PLT-216", "This is no bucket name.", "Use 3 to 63 of a-z, 0-9, dots and hyphens."),
    Cause("PLT-217", "This is no SageMaker instance type.", "Write it with `ml.` in front, such as `ml.m5.large`."),
    Cause("PLT-218", "The repository's owner or name does not fit.", "Write it without slashes, spaces or wildcards."),
    Cause("PLT-219", "This is no length of time from 15 minutes to 30 days.", "Write `1h`, `6h` or `1d`."),
    Cause("PLT-220", "This is no id of an organization's root.", "Copy it from AWS Organizations, such as `r-a1b2`."),
    Cause("PLT-221", "This is no id of a group in Identity Center.", "Copy the group's id from IAM Identity Center."),
    Cause(
        "PLT-222", "The path of a pipeline definition does not fit.", "Write a path that goes down, to a .json file."
    ),
    Cause("PLT-223", "The feature group's name does not fit.", "Use 3 to 24 of a-z, 0-9 and single hyphens."),
    Cause("PLT-224", "The feature's name does not fit.", "Use 1 to 64 letters and digits, `_` and `-` between them."),
    Cause("PLT-225", "The branch or environment is not the name of one.", "Write its name, without a wildcard."),
    Cause("PLT-226", "This is not a number of GitHub's.", "Write its digits in quotes."),
    Cause("PLT-230", "This is no qualifier of `cdk bootstrap`.", "Use 1 to 10 of a-z and 0-9."),
    Cause("PLT-231", "The name of an exempt role does not fit.", "Write a role's name, `*` at its end if at all."),
    Cause("PLT-232", "The platform's name is one that AWS keeps for itself.", "Choose another name."),
    Cause("PLT-233", "The reason says too little.", "Write a sentence of 20 to 300 characters."),
    Cause("PLT-234", "This is no prefix of a bucket.", "Write words with slashes between them, none at the ends."),
    Cause("PLT-235", "This is no schedule.", "Write `cron(...)` or `rate(...)`, as EventBridge Scheduler takes it."),
    Cause("PLT-236", "This is not the name of a time zone.", "Write one such as `Europe/Paris`."),
    Cause("PLT-237", "This is no address of a page.", "Write an address that starts with `https://`."),
    Cause("PLT-238", "This is no team at GitHub, nor a group at GitLab.", "Copy it from the address of its page."),
    Cause("PLT-239", "This is no image by its digest.", "Write registry, name and `@sha256:` with 64 digits."),
    Cause("PLT-240", "The input's name does not fit.", "Use 1 to 63 of a-z, 0-9 and `_`, a letter first."),
    Cause("PLT-241", "This is no length of time from an hour to 60 days.", "Write `1h`, `1d` or `30d`."),
    Cause("PLT-242", "The value of a segment does not fit.", "Use 1 to 64 characters, no space at the ends."),
    Cause("PLT-243", "This is no length of time from a day to 366 days.", "Write `1d`, `14d` or `90d`."),
    Cause("PLT-247", "This is no id of a Slack workspace.", "Copy it from the console that lets accounts in."),
    Cause("PLT-248", "This is no id of a Slack channel.", "Copy the last part of the channel's link."),
    Cause("PLT-249", "This is no length of time from 15 minutes to 7 days.", "Write `30m`, `4h` or `1d`."),
    Cause(
        "PLT-250",
        "Drift is not measured at such intervals.",
        "Write `1h`, `2h`, `3h`, `4h`, `6h`, `8h`, `12h` or `1d`.",
    ),
    # What must agree
    Cause("PLT-301", "The stage needs an account that is not named.", "Name the account, or lower the stage."),
    Cause("PLT-302", "A team's stage is above the platform's.", "Raise the platform's stage, or lower the team's."),
    Cause("PLT-303", "Two teams have the same name.", "Rename one, or make one entry of the two."),
    Cause("PLT-304", "Two models have the same name.", "Rename one; a model's name is unique in the platform."),
    Cause("PLT-305", "A person is listed twice in one place.", "Keep one: the role that the person works in."),
    Cause("PLT-306", "Two people get the same short name.", "Give one another address, such as `ann.lee+fraud@...`."),
    Cause("PLT-307", "A team's name starts with another team's and a hyphen.", "Turn it around: `eu-fraud`."),
    Cause("PLT-308", "An item is listed twice.", "Keep one of the two."),
    Cause("PLT-309", "The team has no people.", "List at least one person."),
    Cause("PLT-310", "The quality bound does not fit its metric.", "Give the one bound that the error names."),
    Cause("PLT-311", "Two tag keys differ only in capitals.", "Keep one; IAM takes both for the same key."),
    Cause("PLT-312", "The ARN is of another part of AWS than the region.", "Use an ARN of the region's own partition."),
    Cause("PLT-313", "The ARN is of an account that the platform does not name.", "Use an ARN of one of its accounts."),
    Cause("PLT-314", "People sign in from another account, and no organization is named.", "Add `organization_id:`."),
    Cause("PLT-315", "The cost monitor is of another account than it watches.", "Use the experimentation account's."),
    Cause("PLT-316", "Accounts work together, and no organization is named.", "Add `organization_id:`."),
    Cause("PLT-317", "Something is declared that its stage does not deploy.", "Raise the stage, or leave it out."),
    Cause("PLT-318", "The allowed regions do not fit the platform's own.", "List it, and regions of its partition."),
    Cause("PLT-319", "The instance of Identity Center is not named.", "Add `instance_arn:` to `sign_in`."),
    Cause("PLT-320", "Two feature groups or features have the same name.", "Rename one of the two."),
    Cause("PLT-321", "The record identifier or event time does not fit.", "Name one feature for each."),
    Cause("PLT-322", "The team has no data of the feature group's classification.", "Add it to the team's data."),
    Cause("PLT-323", "Two teams name the same repository.", "Give each team a repository of its own."),
    Cause("PLT-324", "The repository does not fit its provider.", "Leave out what that provider does not have."),
    Cause("PLT-325", "The management account has another purpose too.", "Name an account without one."),
    Cause("PLT-326", "Permission sets need guardrails, and none are declared.", "Declare `guardrails`."),
    Cause("PLT-327", "A repository is where the platform lets no CI in.", "Add its provider to `code_hosts`."),
    Cause("PLT-330", "The availability zones do not fit.", "Name two or three zones of the region, in one way."),
    Cause("PLT-331", "The endpoint service of MLflow does not fit.", "Name a service of AWS in the region."),
    Cause("PLT-332", "This is no id of a user in Identity Center.", "Copy the user's id from IAM Identity Center."),
    Cause("PLT-333", "A person is in two teams of one Studio domain.", "Keep one of the two, or sign in otherwise."),
    Cause(
        "PLT-334", "The users of Identity Center do not fit the people.", "Name each person who works in Studio once."
    ),
    Cause("PLT-340", "The CDK's context has another bootstrap qualifier.", "Write the qualifier in one of the two."),
    Cause("PLT-341", "A role of the platform could have the name of an exempt role.", "Name the role in full."),
    Cause("PLT-342", "The names of exempt roles are too long together.", "Exempt fewer roles, or shorter names."),
    Cause("PLT-343", "An OIDC provider exists for a host that is not a code host.", "Add it to `code_hosts`."),
    Cause("PLT-344", "The catalog's key does not fit its setting.", "Write `encryption: account`, or remove the key."),
    Cause("PLT-350", "A model is served in two ways.", "Keep `endpoint` or `batch`."),
    Cause("PLT-351", "The endpoint does not say what it runs on.", "Name `instance_type` or `serverless`, not both."),
    Cause("PLT-352", "What the endpoint runs on does not fit.", "Give what the error names."),
    Cause("PLT-353", "The endpoint cannot be rolled out so.", "Give a share that its instances have."),
    Cause("PLT-354", "The first step of a rollout gets too few requests.", "Take a larger step, or judge by fewer."),
    Cause("PLT-355", "An endpoint has no service level.", "Add `sla:`."),
    Cause("PLT-356", "A promise says nothing here.", "Leave it out."),
    Cause("PLT-357", "Nobody could give the second approval.", "Name approvers besides the owner."),
    Cause("PLT-358", "An approver is not among the team's people.", "List the person there, or name another."),
    Cause("PLT-359", "The places of a batch do not fit.", "Give places apart, in the platform's region."),
    Cause("PLT-360", "A person's address cannot name a session.", "Give the person another address."),
    Cause("PLT-361", "Guardrails deny a serverless endpoint.", "Serve on instances."),
    Cause("PLT-362", "A model's name starts as what another model makes.", "Turn it around: `v2-fraud`."),
    Cause("PLT-363", "The inputs of a model do not fit together.", "Give each a name of its own, and short ones."),
    Cause("PLT-364", "Labels are of no decisions.", "Declare `inputs`, and an `endpoint` on instances."),
    Cause("PLT-365", "The quality metric does not fit the labels.", "Measure a metric of their type."),
    Cause("PLT-366", "The segments do not fit the inputs.", "Name inputs of type category, and fewer values."),
    Cause("PLT-367", "An input has the name of a column of labels.", "Rename the input."),
    Cause("PLT-368", "A team has too many models with labels.", "Leave some out, or give models to another team."),
    Cause("PLT-369", "A model is retrained and has no labels.", "Add `labels`, by which candidates are judged."),
    Cause("PLT-370", "A model is retrained and has no pipeline.", "Add `pipeline`, which trains candidates."),
    Cause("PLT-371", "A team has too many models with retraining.", "Leave some out, or give models to another team."),
    Cause("PLT-376", "There is nothing for a model's analysts to query.", "Add `inputs` and `endpoint`, on instances."),
    Cause("PLT-378", "A channel is named twice.", "Give each team a channel of its own."),
    Cause("PLT-379", "Alarms of the model are told nobody else.", "Declare `inputs`, and name others than its owner."),
    # What this version can deploy
    Cause("PLT-401", "This version cannot deploy the platform's stage yet.", "Lower the stage of the platform."),
    Cause("PLT-402", "This version cannot deploy the team's stage yet.", "Lower the stage of the team."),
    Cause("PLT-403", "The region lacks what the stage needs.", "Choose one of the regions listed on this page."),
    # Notes on a file that is valid
    Cause("PLT-501", "A GitHub repository is named without its numbers.", "Add `owner_id:` and `repository_id:`."),
    Cause("PLT-502", "People are not assigned to Studio in Identity Center.", "Add them to `sign_in.users`."),
    Cause("PLT-503", "Something that is said acts from a later stage.", "Keep it for that stage."),
    Cause("PLT-504", "Nothing acts on a key of a model.", "Say how the model is served, or leave the key out."),
    Cause("PLT-505", "A version by one person could be released by nobody.", "Name another approver."),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means."""
