"""Ledgers on file systems without locks, as some NFS and Lustre: the kernel refuses them here."""

import errno
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from latentbo.ledger import Ledger

# A filter of system calls under which flock and the locks of fcntl fail with a number of our
# choice, in this process and its children: so SQLite's own C code meets what it meets on NFS.
WITHOUT_LOCKS = """
import ctypes, struct, sys

def refuse_locks(number):
    deny, allow = 0x00050000 | number, 0x7FFF0000
    LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
    program = [
        (LOAD, 0, 0, 0),        # number of the system call
        (EQUAL, 7, 0, 73),      # flock
        (EQUAL, 0, 5, 72),      # fcntl
        (LOAD, 0, 0, 24),       # its operation
        (EQUAL, 4, 0, 5),       # F_GETLK
        (EQUAL, 3, 0, 6),       # F_SETLK
        (EQUAL, 2, 0, 7),       # F_SETLKW
        (EQUAL, 1, 0, 37),      # F_OFD_SETLK
        (RETURN, 0, 0, allow),
        (RETURN, 0, 0, deny),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filter = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
    assert libc.prctl(22, 2, filter, 0, 0) == 0, ctypes.get_errno()  # the filter

refuse_locks(int(sys.argv[1]))
"""
WRITING = """
from pathlib import Path
from latentbo.ledger import Ledger, Proposal, StepRecord

path = Path(sys.argv[2])
with Ledger.create(path) as ledger:
    ledger.propose(StepRecord(0), [Proposal(1, 0, "C", "initial"), Proposal(2, 0, "CC", "initial")])
    ledger.start(1)
    with Ledger.open(path) as reader:  # as a report beside the run
        assert reader.num_interrupted == 1
    ledger.finish(1, 2.0, start=2)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="filter of x86-64's calls"
)
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EBADF])
def test_a_ledger_where_the_system_has_no_locks(tmp_path: Path, number: int) -> None:
    path = tmp_path / "ledger.sqlite"
    script = f"{WITHOUT_LOCKS}{WRITING}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(number), str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "has no locks: the folder ledger.sqlite.lock stands in for one" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.sqlite"]
    with Ledger.open(path) as ledger:
        assert (ledger.num_calls, ledger.num_interrupted) == (1, 1)
