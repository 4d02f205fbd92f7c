"""AWS RAM: resource shares."""
