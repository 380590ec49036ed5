"""Run the command line."""

import sys

from latentbo.data.counts.command import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
