"""When a candidate is trained, and what becomes of it once it is judged.

Production's monitors write what they found of a day: whether the model is right, and what candidates are worth. In the
tooling account a function reads that once a day. It starts the model's pipeline where the model is wrong, or where it
is time; rejects a candidate that is not better, with the reason; and tells the owner of one that is.
"""
