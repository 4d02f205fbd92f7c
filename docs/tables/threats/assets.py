"""What is worth attacking."""

ASSETS = (
    ("the data of a team", "read, changed or deleted by somebody who is not of the team; carried out of the network"),
    ("a model that is approved", "another model, image or evaluation in its place; approved by whoever made it"),
    ("the origin of a model", "code, data or run forged or lost, so that no auditor can say what decided"),
    ("the audit trail", "deleted, stopped, or rewritten"),
    ("permissions", "a role that gets more than its table says; a boundary, a key policy or a trust that is widened"),
    ("the money of a team", "jobs and machines started on its budget"),
    ("the machine of who runs the local AWS", "files read, programs run, credentials of AWS or of GitHub taken"),
    ("the toolkit itself", "a package or an image with something in it that nobody put there"),
)
"""Each with what an attacker would do to it."""
