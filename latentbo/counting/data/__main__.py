"""Run the command line."""

import sys

from latentbo.counting.data.command import main

if __name__ == "__main__":
    sys.exit(main())
