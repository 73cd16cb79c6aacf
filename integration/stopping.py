"""Whether this program was asked to stop: known to all processes of a cluster, and looked at between two steps of a pass.

The event is made before the cluster's processes are, so that they share it. Where processes are not forked (Windows)
they do not: there a pass is cut where it stands, which is safe, and goes on at the next one.
"""

from __future__ import annotations

import multiprocessing

_asked = multiprocessing.Event()


def ask_to_stop() -> None:
    _asked.set()


def is_asked_to_stop() -> bool:
    return _asked.is_set()
