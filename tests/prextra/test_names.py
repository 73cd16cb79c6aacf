"""One file fits the models to a Prextra that names its tables and columns otherwise."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from prextra_models.models import Warehouse
from prextra_models.names import Names, fit, read_names
from tests.passes import PROJECT

EXAMPLE = PROJECT / "prextra_names.example.toml"
STORY = """
from django.core.management import call_command
call_command("demo", once=True, orders=1, language="en")
try:
    call_command("check_prextra")
except SystemExit as end:
    assert end.code == 0

from tests.prextra.test_check_prextra_server import look, server_as_printed
assert look(server_as_printed()) == []
"""


def models() -> list[type]:
    return list(apps.get_app_config("prextra_models").get_models())


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "names.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_holds_every_table_and_column_under_the_name_it_has() -> None:
    expected = {
        model.__name__: Names(
            model._meta.db_table, {field.name: field.column for field in model._meta.local_concrete_fields}
        )
        for model in models()
    }
    assert read_names(EXAMPLE) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[Warehouse\n", "cannot be read"),
        ('[Entrepot]\ntable = "x"', "there is no model Entrepot"),
        ('Warehouse = "Entrepots"', "Warehouse is not a table of names"),
        ('[Warehouse]\ncode = "CodeEntrepot"', "belongs under [Warehouse.columns]"),
        ('[Warehouse]\ncolumns = "code"', "columns of [Warehouse]"),
        ("[Warehouse]\ntable = 7", "the table of [Warehouse] cannot be 7"),
        ('[Warehouse]\ntable = ""', "the table of [Warehouse] cannot be ''"),
        ('[Warehouse]\ntable = "a.b.c"', "cannot be 'a.b.c'"),
        ('[Warehouse]\ntable = "dbo."', "cannot be ''"),
        ("[Warehouse.columns]\ncode = true", "code of [Warehouse.columns] cannot be True"),
        ('[Warehouse.columns]\ncode = "co]de"', "cannot be 'co]de'"),
        ('[Warehouse.columns]\ncode = "co{de}"', "cannot be 'co{de}'"),
        ('[Warehouse.columns]\ncode = " code"', "cannot be ' code'"),
        ('[Warehouse.columns]\nshop = "x"', "Warehouse has no field shop. Known: code, company,"),
        ('[Warehouse.columns]\ncompany_id = "x"', "Warehouse has no field company_id"),
        ('[Warehouse.columns]\ncode = "Name"', "two fields of Warehouse have the column name"),
        ('[Warehouse]\ntable = "Item"', "two models have the table item"),
    ],
)
def test_a_wrong_name_stops_the_program_with_one_clear_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    before = {field: field.column for field in Warehouse._meta.local_concrete_fields}
    table = Warehouse._meta.db_table
    try:
        with pytest.raises(ImproperlyConfigured) as refused:
            fit(read_names(path), models(), path)
    finally:
        Warehouse._meta.db_table = table
        for field, column in before.items():
            field.db_column = None if column == field.get_attname() else column
            field.set_attributes_from_name(field.name)
    message = str(refused.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message or "cannot be read" in message


def environment(folder: Path, names: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "integration.settings",
        "SHOPIFY_ALLOW_LOOPBACK": "on",
        "DATABASE_URL": f"sqlite:///{folder / 'default.sqlite3'}",
        "PREXTRA_DATABASE_URL": f"sqlite:///{folder / 'prextra.sqlite3'}",
        "PREXTRA_NAMES": str(names),
    }


def test_a_file_that_is_named_and_not_there_stops_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment(tmp_path, tmp_path / "nowhere.toml"), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert f"PREXTRA_NAMES: there is no file {tmp_path / 'nowhere.toml'}." in done.stderr
    assert "Traceback" not in done.stderr


def test_all_goes_on_where_every_table_and_column_has_another_name(tmp_path: Path) -> None:
    """The demo, two passes of everything, on tables that share no name with the models. check_prextra objects to nothing,
    there and on what prextra_sql makes.
    """
    renamed = re.sub(r'^(table = )"(.+)"$', r'\1"erp.T_\2"', EXAMPLE.read_text(), flags=re.MULTILINE)
    renamed = re.sub(r'^(?!table = )(\w+) = "(\w+)"$', r'\1 = "Col \2é"', renamed, flags=re.MULTILINE)
    names = written(tmp_path, renamed)
    program = f"import django; django.setup()\n{STORY}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment(tmp_path, names), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(sqlite3.connect(tmp_path / "prextra.sqlite3")) as file:
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables == {f"[erp].[T_{model.__name__}]" for model in models()} | {"sqlite_sequence"}
        for (documents,) in file.execute('SELECT COUNT(*) FROM "[erp].[T_Invoice]" WHERE "Col shopify_idé" > \'\''):
            assert documents > 0
