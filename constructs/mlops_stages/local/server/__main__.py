"""`python -m mlops_stages.local.server`: the local AWS as a process."""

import sys

from mlops_stages.local.server.front.server import main

sys.exit(main())
