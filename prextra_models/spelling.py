"""A foreign key as the row that it names writes it.

SQL Server's usual collations ignore case and spaces at the end: a stock row of « boef » is the item BoeF's. What is
looked up by a code in Python must be keyed by that row's own spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db.models import FilteredRelation


def joined(relation: str) -> FilteredRelation:
    """The row that a foreign key names, as the database finds it: `own=joined("item")`, then `own__code`.

    It is joined for that, whereas Django takes `item__code` from the foreign key's column.
    """
    return FilteredRelation(relation)


def as_asked(keys: Collection[str]) -> Callable[[str], str]:
    """The same where rows are many and were asked for by these keys: whatever the database gave is one of them.

    Exactly one of them where it can be: where the database tells « BoeF » from « boef », they are two.
    """
    exactly = set(keys)
    loosely = {_comparable(key): key for key in exactly}
    return lambda key: key if key in exactly else loosely.get(_comparable(key), key)


def _comparable(key: str) -> str:
    return key.rstrip().casefold()
