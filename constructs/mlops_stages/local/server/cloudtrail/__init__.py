"""CloudTrail: trails, and calls as they record them."""
