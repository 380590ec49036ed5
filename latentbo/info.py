"""`latentbo info`: versions, folders, models and devices, for a question or a report of a fault."""

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from latentbo import __version__
from latentbo.command_line import Parser, run_command

PACKAGES = (
    *("torch", "gpytorch", "botorch", "rdkit", "numpy", "scipy", "selfies", "nltk"),
    *("torchvision", "distributed", "openpyxl", "pandas"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    build_parser().parse_args(arguments)
    return run_command(_info)


def build_parser() -> Parser:
    """Return the parser of the command line."""
    return Parser("latentbo info", "Show versions, folders, models and devices.")


def _info() -> None:
    # Imported here so that --help is answered without loading torch.
    import torch  # noqa: PLC0415

    from latentbo.data import cache_folder  # noqa: PLC0415
    from latentbo.tasks import TASKS  # noqa: PLC0415

    lines = [("latentbo", __version__), ("Python", platform.python_version())]
    lines += [(name, _version(name)) for name in PACKAGES]
    devices = [torch.cuda.get_device_name(each) for each in range(torch.cuda.device_count())]
    cores = os.cpu_count()
    lines += [
        ("system", platform.platform()),
        ("devices", ", ".join([f"{cores} CPU cores", *devices])),
        ("data", os.environ.get("LATENTBO_DATA_DIR") or "not set (LATENTBO_DATA_DIR)"),
        ("cache", str(cache_folder() or "none")),
        ("models", str(Path(__file__).with_name("pretrained"))),
        ("tasks", ", ".join(TASKS)),
    ]
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        print(f"{name:{width}}  {text}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    sys.exit(main())
