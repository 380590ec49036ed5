"""An objective of a user that does whatever its string says."""

import pytest

OBJECTIVE = """
import os, sys, time

def behave(string):
    print("a user's function may print")
    if string == "raise":
        raise RuntimeError("no pose")
    if string == "nan":
        return float("nan")
    if string == "hang":
        time.sleep(600)
    if string == "die":
        print("out of memory", file=sys.stderr, flush=True)
        os._exit(3)
    if string == "pid":
        return os.getpid()
    return len(string) / 3
"""


@pytest.fixture(scope="session")
def behave(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of the objective."""
    path = tmp_path_factory.mktemp("objective") / "behaving.py"
    path.write_text(OBJECTIVE)
    return f"{path}:behave"
