"""Run the command line."""

import sys

from latentbo.train.command import main

if __name__ == "__main__":
    sys.exit(main())
