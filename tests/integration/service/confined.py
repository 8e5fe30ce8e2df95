"""Runs a program under the system call filter of a unit: ``python confined.py CALLS COMMAND ...``.

Lives here: the filter (seccomp(2), through libseccomp) and the ban on memory both written and executed (prctl(2)).
Must not live here: what the filter is (``test_confined``).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM  # SystemCallErrorNumber=EPERM
_NO_NEW_PRIVILEGES = 38
_MEMORY_DENY_WRITE_EXECUTE = 65  # Linux 6.3; older ones do without


def confine(calls: list[str]) -> None:
    """Allow ``calls`` to this process and its children, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(_MEMORY_DENY_WRITE_EXECUTE, 1, 0, 0, 0)
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(_REFUSE)))
    for name in calls:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # this machine's kind has it
            seccomp.seccomp_rule_add_array(rules, ctypes.c_uint32(_ALLOW), number, 0, None)
    if seccomp.seccomp_load(rules) != 0:
        sys.exit("the filter was not taken")


if __name__ == "__main__":
    confine(Path(sys.argv[1]).read_text(encoding="ascii").split())
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program under test takes over
