"""Run the command line."""

import sys

from latentbo.optimize.command import main

if __name__ == "__main__":
    sys.exit(main())
