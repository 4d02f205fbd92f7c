"""Who is told of an alarm of a model, and who next where nobody says that they take care of it.

CloudWatch calls a function when an alarm of the model changes its state. It tells the model's owner what has happened,
the figure and its interval, since when, where to read on and how to acknowledge; keeps a record of it; and looks again
when the declared time is over: an alarm that nobody has acknowledged is told to those who answer for the business.
"""
