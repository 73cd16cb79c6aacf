"""What the clusters noted (`cluster.py`): who worked on which warehouse from when to when, and whether two ever did at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    group: int
    pid: int
    what: str
    about: str


@dataclass(frozen=True, slots=True, order=True)
class Pass:
    start: float
    end: float
    pid: int
    warehouse: str


def read_journal(path: Path) -> list[Line]:
    rows = (row.split(" ", 4) for row in path.read_text().splitlines()) if path.exists() else ()
    return [Line(float(at), int(group), int(pid), what, about) for at, group, pid, what, about in rows]


def passes(lines: Iterable[Line], deaths: Mapping[int, float]) -> Iterator[Pass]:
    """Each with its end; of one that was killed with its process, or with its whole group (-group), that is its death."""
    begun: dict[int, Line] = {}
    for line in sorted(lines, key=lambda line: line.at):
        if line.what == "begin":
            begun[line.pid] = line
        elif line.what == "end" and line.pid in begun:
            start = begun.pop(line.pid)
            yield Pass(start.at, line.at, line.pid, start.about)
    for pid, start in begun.items():
        ended = [at for at in (deaths.get(pid), deaths.get(-start.group)) if at and at >= start.at]
        yield Pass(start.at, min(ended, default=float("inf")), pid, start.about)


def overlaps(lines: Iterable[Line], deaths: Mapping[int, float]) -> Iterator[str]:
    """Passes over one warehouse at the same time, and passes that never ended though nobody killed them."""
    by_warehouse: dict[str, list[Pass]] = defaultdict(list)
    for one in passes(lines, deaths):
        by_warehouse[one.warehouse].append(one)
        if one.end == float("inf"):
            yield f"{one.warehouse}: the pass of process {one.pid} never ended, and nobody killed it"
    for warehouse, some in by_warehouse.items():
        latest = min(some)
        for one in sorted(some)[1:]:
            if one.start < latest.end:
                seconds = min(one.end, latest.end) - one.start
                yield f"{warehouse}: processes {latest.pid} and {one.pid} at once for {seconds:.2f} s"
            latest = max(latest, one, key=lambda one: one.end)
    if not by_warehouse:
        yield "no process noted any pass"
