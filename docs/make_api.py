"""Write docs/api.md from the docstrings of what people call from Python.

python docs/make_api.py            # write the page
python docs/make_api.py --check    # tell whether it is up to date (exit code 1: it is not)
"""

import argparse
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

PAGE = Path(__file__).with_name("api.md")
# What people use, in the order in which they need it.
MODULES = (
    "latentbo",
    "latentbo.objectives",
    "latentbo.execution",
    "latentbo.run",
    "latentbo.report",
    "latentbo.ledger",
    "latentbo.pareto",
    "latentbo.optimizer",
    "latentbo.surrogates",
    "latentbo.proposals",
    "latentbo.models",
    "latentbo.representations",
    "latentbo.priors",
    "latentbo.regularizers",
    "latentbo.attacks",
    "latentbo.metrics",
    "latentbo.chemistry",
    "latentbo.testing",
    "latentbo.errors",
)
HEAD = """# API

Made of the docstrings by `python docs/make_api.py`; a test holds it to them.
"""


def page() -> str:
    """Return the text of the page."""
    modules = [importlib.import_module(name) for name in MODULES]
    contents = [f"- [`{module.__name__}`](#{_anchor(module.__name__)})" for module in modules]
    sections = [section for module in modules for section in _module(module)]
    return "\n".join([HEAD, *contents, "", *sections])


def _anchor(name: str) -> str:
    return name.replace(".", "")


def _module(module: ModuleType) -> Iterator[str]:
    yield f"## {module.__name__}\n"
    yield f"{_docstring(module)}\n"
    for name in sorted(_public(module), key=str.lower):
        yield from _member(name, getattr(module, name))


def _public(module: ModuleType) -> list[str]:
    """Return the public names: `__all__` of a package; of a module, those it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, member in vars(module).items()
        if not name.startswith("_") and getattr(member, "__module__", None) == module.__name__
    ]


def _member(name: str, member: Any) -> Iterator[str]:
    if inspect.isclass(member):
        yield from _entry(f"class {name}", member)
        for method, function in _methods(member):
            yield from _entry(f"{name}.{method}", function)
    elif callable(member):
        yield from _entry(name, member)


def _methods(member: type) -> Iterator[tuple[str, Any]]:
    """Yield the documented public methods that a class defines itself."""
    for name, value in vars(member).items():
        function = getattr(value, "__func__", value)
        if not name.startswith("_") and inspect.isfunction(function) and function.__doc__:
            yield name, function


def _entry(title: str, member: Any) -> Iterator[str]:
    text = _docstring(member)
    if text:
        yield f"### `{title}{_signature(member)}`\n"
        yield f"```text\n{text}\n```\n"


def _docstring(member: Any) -> str:
    return (inspect.getdoc(member) or "").strip()


def _signature(member: Any) -> str:
    """Return the names of the arguments: their types and defaults are in the docstring."""
    try:
        parameters = inspect.signature(member).parameters.values()
    except (TypeError, ValueError):
        return ""
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    names = [stars.get(each.kind.name, "") + each.name for each in parameters]
    names = [name for name in names if name != "self"]
    return f"({', '.join(names)})"


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
        print("up to date" if same else f"run python {sys.argv[0]}")
        return 0 if same else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
