"""The local AWS: ministack with moto behind it, what both lack, and the process that runs them."""
