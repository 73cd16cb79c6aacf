"""Whether this program was asked to stop: known to all processes of a cluster, and looked at between two steps of a pass.

The flag is made before the cluster's processes are, so that they share it. It has no lock: a worker that is killed as it
looks would leave that taken, and all others would wait for ever. Where processes are not forked (Windows) they share
nothing: there a pass is cut where it stands, which is safe, and goes on at the next one.
"""

from __future__ import annotations

import ctypes
from multiprocessing.sharedctypes import RawValue

_asked = RawValue(ctypes.c_bool, False)


def ask_to_stop() -> None:
    _asked.value = True


def is_asked_to_stop() -> bool:
    return bool(_asked.value)
