"""The local AWS itself, a folder an AWS service. `python -m mlops_stages.local.server` runs it."""
