"""`manage.py bench` opens every page of the admin; none asks for more because there is more to show."""

from __future__ import annotations

import pytest

from integration.demo.bench_admin import MOST_QUERIES, AdminBench
from integration.demo.prextra import sample_prextra
from prextra_models.router import PREXTRA


@pytest.mark.django_db(databases=["default", PREXTRA])
def test_no_page_of_the_admin_takes_more_than_thirty_queries_with_a_hundred_rows_on_it() -> None:
    sample_prextra("https://boutique.myshopify.com", "api-key", "shpat_test")
    visits = list(AdminBench(items=150, runs=120).measure())
    assert len(visits) > 30
    assert [visit for visit in visits if visit.queries > MOST_QUERIES] == []
