"""The storm from beginning to end: it rages, then it is calm until all is through, then both sides are compared."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from integration import runs
from integration.demo.shop import CLIENT_SECRET
from integration.demo.storm import life
from integration.demo.storm.journal import overlaps, read_journal
from integration.demo.storm.mischief import Mischief
from integration.demo.storm.processes import Processes
from integration.demo.storm.reckoning import Reckoning
from integration.demo.storm.world import Place, build_places, build_prextra
from integration.models import Doorbell, HeldRecord, Lease, PendingWrite, SyncEntry, SyncRun
from integration.schedule import DISPATCH, planned

EVENTS = 4.0  # a second, in all shops together
DISPATCH_EVERY = 2.0
SKEWS = (2.0, -1.0, 0.0)  # seconds by which the clocks of clusters are wrong
DOCUMENTS = {"sales_order", "prepayment", "shipment", "invoice"}


@dataclass(frozen=True, slots=True)
class Size:
    """`life` is how many seconds a lease and a ticket live where that is not the product's own; 0 leaves it that."""

    seconds: float = 600.0
    clusters: int = 2
    workers: int = 2
    warehouses: int = 12
    seed: int = 1
    life: float = 0.0

    @property
    def kill_every(self) -> float:
        return 2.0 if self.life else 6.0

    @property
    def patience(self) -> float:
        """After which clusters that do nothing are started anew."""
        return 15.0 if self.life else 60.0

    @property
    def calm(self) -> float:
        """How long it may take at most until all is through: a lease and a ticket that were lost, and some passes."""
        return 30 + 6 * self.life if self.life else 600.0


@dataclass
class Storm:
    size: Size
    folder: Path = field(default_factory=lambda: Path(settings.DATABASES["default"]["NAME"]).parent)
    happened: Counter[str] = field(default_factory=Counter)
    calm_after: float = 0.0
    seconds: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.rng = Random(self.size.seed)  # noqa: S311 - to be the same again
        self.places = build_places(self.size.warehouses, self.size.seed)
        self.processes = Processes(self.folder, Random(self.size.seed), self.size.patience)  # noqa: S311
        databases = [Path(one["NAME"]) for one in settings.DATABASES.values()]
        self.mischief = Mischief(self.processes, self.places, databases, self.rng, self.size.kill_every)

    def rage(self) -> list[str]:
        """All of it; gives back what came out wrong, in sentences."""
        began = time.monotonic()
        with ExitStack() as stack:
            ports = [self._serve(stack, place) for place in self.places]
            build_prextra(self.places)
            for place in self.places:
                Doorbell.objects.create(warehouse=place.code, secret="" if place.number % 2 else CLIENT_SECRET)
            stack.callback(self.processes.end)
            self._start(ports)
            clerk = threading.Thread(target=self._keep_busy)
            clerk.start()
            stack.callback(clerk.join)
            stack.callback(self._over.set)
            stack.callback(self.mischief.end)
            self._storm()
            self.mischief.end()
            problems = self._wait_until_all_is_through()
        self.seconds = time.monotonic() - began
        return problems

    def _serve(self, stack: ExitStack, place: Place) -> str:
        inner = int(stack.enter_context(place.shop.serving()).rpartition(":")[2])
        public = free_port()
        place.url = f"http://127.0.0.1:{public}"
        return f"{public}:{inner}"

    def _start(self, ports: list[str]) -> None:
        bell = free_port()
        environment = {
            "DJANGO_SETTINGS_MODULE": "integration.settings",
            "PUBLIC_URL": f"http://127.0.0.1:{bell}",
            "SYNC_INTERVAL_MINUTES": "1",
            "SYNC_OVERLAP_MINUTES": "1",
            "SHOPIFY_TIMEOUT_SECONDS": "3",
            "WORKERS": str(self.size.workers),
            "STORM_LIFE": str(self.size.life),
        }
        front = ("-m", "integration.demo.storm.front", *ports)
        web = ("manage.py", "web", "--listen", f"127.0.0.1:{bell}", "--with-parent")
        self.processes.add("shop", front, {}, says_when_ready=True)
        self.processes.add("web", web, environment)
        for number in range(self.size.clusters):
            clock = {"STORM_SKEW": str(SKEWS[number % len(SKEWS)])}
            self.processes.add(f"cluster{number + 1}", ("-m", "integration.demo.storm.cluster"), environment | clock)

    def _storm(self) -> None:
        self.mischief.begin(self.size.seed)
        ends = time.monotonic() + self.size.seconds
        while time.monotonic() < ends:
            place = self.rng.choice(self.places)
            self._count(life.happen(place))
            self.mischief.go_on()
            self.processes.supervise()
            time.sleep(self.rng.uniform(0.5, 1.5) / EVENTS)

    def _keep_busy(self) -> None:
        """Far more passes than every minute one; and people at work in Prextra, until it is calm."""
        rng = Random(self.size.seed)  # noqa: S311
        while not self._over.wait(DISPATCH_EVERY):
            with suppress(Error):
                async_task(DISPATCH, save=False)
                if not self.calm_after:
                    self._count(life.work_in_prextra(self.places, rng))
        connection.close()

    def _count(self, what: str) -> None:
        if what:
            self.happened[what] += 1

    def _wait_until_all_is_through(self) -> list[str]:
        calm = self.calm_after = time.monotonic()
        problems = ["it never became calm"]
        while problems and time.monotonic() - calm < self.size.calm:
            for _ in range(10):
                time.sleep(0.5)
                self.processes.supervise()
            with suppress(Error):
                runs.retry_at_once(HeldRecord.objects.all())
                problems = list(Reckoning(self.places).problems()) + list(unfinished())
        self._over.set()
        self._wait_for_the_last_passes()
        self.processes.stop()
        self.calm_after = time.monotonic() - calm
        problems = list(Reckoning(self.places).problems()) + list(unfinished()) + list(left_behind())
        problems += overlaps(read_journal(self.processes.journal), self.processes.deaths)
        problems += [f"a cluster took {one:.0f} s to stop" for one in self.processes.stops if one > 30]
        return problems

    def _wait_for_the_last_passes(self) -> None:
        patience = time.monotonic() + 120
        while list(left_behind()) and time.monotonic() < patience:
            self.processes.supervise()
            time.sleep(0.5)


def unfinished() -> Iterator[str]:
    """What a pass that goes through leaves nothing of."""
    for write in PendingWrite.objects.all():
        yield f"a write is still under way: {write}"


def left_behind() -> Iterator[str]:
    """What is still there when no pass is under way and none is due."""
    for lease in Lease.objects.exclude(holder=""):
        yield f"{lease}: the lease is held by {lease.holder}"
    tickets = dict(Lease.objects.exclude(ticket="").values_list("warehouse", "ticket"))
    for warehouse in tickets:
        yield f"{warehouse}: a ticket is out"
    for task in OrmQ.objects.filter(lock__lte=timezone.now()):
        if task.task["func"] in planned():  # the schedule goes on to the very end, and each comes again
            continue
        yield f"a task is in the queue: {task.task['func']} {task.task['args']}"
    for run in SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING):
        yield f"a run never ended: {run}"
    yield from _lies_of_the_log()


def _lies_of_the_log() -> Iterator[str]:
    entries = SyncEntry.objects.filter(outcome=SyncEntry.Outcome.WRITTEN, kind__in=DOCUMENTS)
    told = Counter(entries.values_list("kind", "shopify_id"))
    for (kind, gid), count in told.items():
        if count > 1:
            yield f"the log tells {count} times of {kind} {gid}"


@contextmanager
def _bound() -> Iterator[socket.socket]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one


def free_port() -> int:
    with _bound() as one:
        return int(one.getsockname()[1])
