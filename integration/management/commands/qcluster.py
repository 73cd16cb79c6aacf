"""`manage.py qcluster`: django-q2's cluster, with the schedule installed; asked to stop, it does so within half a minute."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from argparse import ArgumentParser
from contextlib import suppress
from multiprocessing import Process
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django_q import cluster as django_q

from integration.management.supervision import stop_with_parent
from integration.schedule import install_schedule
from integration.stopping import ask_to_stop, is_asked_to_stop

IDLE = -1
PATIENCE = 25  # seconds, after which what still runs is cut; that leaves nothing half-written

log = logging.getLogger("integration.qcluster")


class Command(BaseCommand):
    help = "Runs the workers, and what is scheduled, until it is asked to stop (SIGTERM, Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--with-parent", action="store_true", help="stop when standard input ends, that is when the starter dies"
        )

    def handle(self, *, with_parent: bool, **_options: Any) -> None:
        if os.name == "posix" and os.getpid() != os.getpgrp():
            os.setpgrp()  # so that its processes can be ended together
        install_schedule()
        if with_parent:
            stop_with_parent()
        django_q.Sentinel = WatchfulGuard  # which a cluster starts by this name
        cluster = StoppableCluster()
        with suppress(RuntimeError):  # the guard died at once, and django-q2 has said so
            cluster.start()
        while cluster.sentinel.is_alive():
            cluster.sentinel.join(1)
        if not is_asked_to_stop():
            log.critical("the cluster's guard died: its workers are ended with it")
            _end_all()


class WatchfulGuard(django_q.Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """Ends the cluster where a worker was killed while it waited for a task: it may have left the queue locked.

    The others would then wait for ever, and nobody would see it while another cluster dispatches. Whoever started the
    cluster starts it again. So does it where the cluster's main process was killed, whose starter may be dead too.
    """

    def status(self) -> str:
        """Asked in each round of the guard's loop, which offers no other place."""
        parent = multiprocessing.parent_process()
        if parent and not parent.is_alive():
            log.critical("the cluster's main process died: its workers are ended with it")
            _end_all()
        return str(super().status())

    def reincarnate(self, process: Process) -> None:
        if process in self.pool and was_killed_idle(process):
            log.critical("a worker was killed while it waited for a task: the cluster ends, and is to be started again")
            _end_all()
        if process is self.monitor:  # it always waits for results, and has their queue's lock as it does
            log.critical("the process that notes results died: the cluster ends, and is to be started again")
            _end_all()
        super().reincarnate(process)


def was_killed_idle(process: Any) -> bool:
    """A worker's timer says -1 while it has no task; its exit code is the signal that ended it, below zero."""
    return (process.exitcode or 0) < 0 and int(process.timer.value) == IDLE


class StoppableCluster(django_q.Cluster):  # type: ignore[misc]  # django-q2 has no types
    """Waits for its workers as it stops, which leave their passes at the next safe point."""

    stops = False

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        if self.stops:  # a second signal within the first would wait for a lock that the first one has
            return
        self.stops = True
        threading.Thread(target=_cut_late, daemon=True).start()
        ask_to_stop()
        super().sig_handler(signum, frame)


def _cut_late() -> None:
    time.sleep(PATIENCE)
    log.warning("not everything stopped within %d seconds: the rest is cut", PATIENCE)
    _end_all()


def _end_all() -> None:
    if os.name == "posix":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
