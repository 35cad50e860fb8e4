"""How does root become nobody without leaving a mark? In a user namespace: nobody inside, the owner of the same files outside.

Run as a program of its own (it must not import the rest of the service): `python -I -S namespace.py UID PROGRAM ARGUMENT...`
takes the given uid in a new namespace and becomes the program. Needs Linux and no privilege but the caller's own.
"""

import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000  # <linux/sched.h>; os.unshare exists only since Python 3.12


def enter(uid: int) -> None:
    """Move this process into a new user namespace as `uid`. Raises OSError where the kernel or the container forbids it."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), "unshare")
    own = Path("/proc/self")
    own.joinpath("setgroups").write_text("deny", "ascii")  # the kernel's condition for writing gid_map, see user_namespaces(7)
    own.joinpath("uid_map").write_text(f"{uid} {outside_uid} 1", "ascii")
    own.joinpath("gid_map").write_text(f"{uid} {outside_gid} 1", "ascii")


if __name__ == "__main__":
    enter(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
