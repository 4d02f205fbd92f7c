"""What is installed from outside, and how it is held: locks, their release, and what is known to be vulnerable.

`lock` and `audit` are programs of the standard library alone; a model repository has copies of them.
"""
