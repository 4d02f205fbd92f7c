"""The promotion of a model: from its approval over staging and a second approval to production, and the way back.

Runs inside AWS, in Lambda functions that a state machine calls: the standard library, boto3 and, at the functions'
entries, aws-lambda-powertools. What is waited for are states; each call here is short, may die anywhere, and does
nothing twice when it is made again.
"""
