"""What the command line runs: it starts the local AWS, deploys to it, asks it and reports."""
