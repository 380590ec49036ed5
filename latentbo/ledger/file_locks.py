"""Whether a file system has locks."""

import errno
import sys
from typing import IO, Any

if sys.platform != "win32":
    import fcntl

#: NFS wants a file that is open for writing (EBADF), some systems have no locks at all (ENOSYS,
#: EOPNOTSUPP), and a server may be out of them (ENOLCK).
NO_LOCKS = (errno.EBADF, errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)


def has_locks(file: IO[Any]) -> bool:
    """Whether a file, open for writing, can be locked as SQLite locks its own (POSIX locks)."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in NO_LOCKS
    return True
