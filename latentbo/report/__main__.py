"""Run the command line."""

import sys

from latentbo.report.command import main

if __name__ == "__main__":
    sys.exit(main())
