"""`python -m latentbo.optimize TASK`, and `latentbo.optimize(function)`.

The package can be called, as `latentbo.laboratory.optimize` is.
"""

from latentbo.callable_package import make_callable
from latentbo.optimize.command import main
from latentbo.optimize.options import build_parser

__all__ = ["build_parser", "main"]

make_callable(__name__, "latentbo.laboratory", "optimize")
