"""Labels: what became of a model's decisions, read out of files that its team puts into its bucket, a day at a time.

A file is `PREFIX/yyyy/mm/dd/hh/NAME.jsonl`, in the hour (UTC) in which its labels were collected, and is written once.
Each line is one of two objects:

    {"decision_id": "flight-7:1", "label": 1}
    {"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "flight-7"}, "eventVersion": "0"}

`"correction": true` in the first says that it replaces earlier labels of the decision. The second is SageMaker's: the
id is the caller's inference id where the request had one, else SageMaker's event id, and each line of the data is the
label of a row of the request. The labels of a day are a function of that day's files, as they are listed.

Runs inside AWS, in Lambda functions: the standard library, boto3 and duckdb. Imports are relative, as a function's
archive holds this folder beside `capture`, `decisions` and `ledger`, and not the package around them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
"""
