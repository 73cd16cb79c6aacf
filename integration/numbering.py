"""Prextra's document numbers. Taking them is also the lock that makes writers of one company wait for one another."""

from __future__ import annotations

from prextra_models.models import DocumentNumber
from prextra_models.router import PREXTRA

Kind = DocumentNumber.Kind


class Numbers:
    """The next numbers of a company, locked until the transaction ends. To be opened first in a transaction.

    Every transaction of the sync locks in one order: numbers, deposit, stock.
    """

    def __init__(self, company: str) -> None:
        self._company = company
        rows = DocumentNumber.objects.using(PREXTRA).select_for_update().filter(company=company)
        self._rows = {row.kind.strip().lower(): row for row in rows}
        self._taken: set[str] = set()

    def take(self, kind: Kind) -> str:
        row = self._rows.get(kind) or DocumentNumber(company_id=self._company, kind=kind)
        self._rows[kind] = row
        self._taken.add(kind)
        number = row.next_number
        row.next_number += 1
        return str(number)

    def save(self) -> None:
        """Writes back what was taken. A company's first number of a kind makes its row."""
        rows = [self._rows[kind] for kind in sorted(self._taken)]
        for row in rows:
            if row.pk is None:
                row.save(using=PREXTRA)
        DocumentNumber.objects.using(PREXTRA).bulk_update(rows, ["next_number"])
