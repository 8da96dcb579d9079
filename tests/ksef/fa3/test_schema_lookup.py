"""Where the schema is looked for, and that nothing is fetched for it."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import types
from pathlib import Path

import pytest
from lxml import etree

from ksef import fa3
from ksef.fa3 import schema


@pytest.fixture
def nowhere(monkeypatch):
    """No schema chosen, none named, no Odoo."""
    schema.use(None)
    for variable in (schema.VARIABLE, "ODOO_SRC"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "odoo.addons", raising=False)


def put(folder: Path, schema_file: Path) -> Path:
    file = folder / schema.IN_ADDONS
    file.parent.mkdir(parents=True)
    shutil.copy(schema_file, file)
    return file


def test_without_any_the_error_tells_the_remedy(nowhere, make):
    with pytest.raises(schema.SchemaMissing, match="KSEF_FA3_SCHEMA") as caught:
        fa3.validate(fa3.write(make()))
    assert "Odoo 19" in str(caught.value)


def test_an_explicit_file_wins(nowhere, monkeypatch, tmp_path, schema_file):
    named = put(tmp_path / "named", schema_file)
    chosen = put(tmp_path / "chosen", schema_file)
    monkeypatch.setenv(schema.VARIABLE, str(named))
    assert schema.path() == named
    schema.use(chosen)
    assert schema.path() == chosen


@pytest.mark.parametrize("how", ["use", "variable"])
def test_a_named_file_that_is_not_there_is_no_silent_matter(nowhere, monkeypatch, tmp_path, how):
    missing = tmp_path / "missing.xsd"
    if how == "use":
        schema.use(missing)
    else:
        monkeypatch.setenv(schema.VARIABLE, str(missing))
    with pytest.raises(schema.SchemaMissing, match=r"missing\.xsd.*does not exist"):
        schema.path()


@pytest.mark.parametrize("layout", ["odoo/addons", "addons"])
def test_odoo_is_found_without_importing_it(nowhere, monkeypatch, tmp_path, schema_file, layout):
    file = put(tmp_path / layout, schema_file)
    spec = types.SimpleNamespace(submodule_search_locations=[str(tmp_path / "odoo")])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    assert schema.path() == file


def test_odoos_own_addons_path_and_a_checkout_are_looked_at(
    nowhere, monkeypatch, tmp_path, schema_file
):
    monkeypatch.setenv("ODOO_SRC", str(tmp_path / "checkout"))
    file = put(tmp_path / "checkout" / "addons", schema_file)
    assert schema.path() == file
    own = put(tmp_path / "own", schema_file)
    loaded = types.SimpleNamespace(__path__=[str(tmp_path / "own")])
    monkeypatch.setitem(sys.modules, "odoo.addons", loaded)
    assert schema.path() == own


@pytest.mark.parametrize("content", ["", "<a/>", "<!DOCTYPE a><a>"])
def test_a_file_that_is_no_schema_is_named(tmp_path, make, content):
    file = tmp_path / "fa3_schema.xsd"
    file.write_text(content)
    schema.use(file)
    with pytest.raises(schema.SchemaMissing, match="is not the FA\\(3\\) schema"):
        fa3.validate(fa3.write(make()))


def test_nothing_is_fetched(monkeypatch, make, check):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(schema, "_compiled", None)
    assert check(make()) == []


def test_an_import_of_anything_else_is_answered_with_nothing(tmp_path, schema_file, make):
    text = schema_file.read_text().replace("StrukturyDanych_v10-0E.xsd", "Other_v1.xsd")
    other = tmp_path / "other.xsd"
    other.write_text(text)
    schema.use(other)
    with pytest.raises(schema.SchemaMissing):
        fa3.validate(fa3.write(make()))


def test_many_threads_each_get_their_own_errors(make):
    """A compiled schema has one error log; nobody may read another's."""
    good = etree.fromstring(fa3.write(make()))
    bad = {
        name: etree.fromstring(fa3.write(make()).replace(old, b"", 1))
        for name, old in (("P_2", b"<P_2>FV/2026/08/0001</P_2>"), ("GV", b"<GV>2</GV>"))
    }
    wrong: list[str] = []

    def work() -> None:
        for _round in range(100):
            if schema.errors(good):
                wrong.append("good")
            for name, root in bad.items():
                messages = [entry.message for entry in schema.errors(root)]
                if len(messages) != 1 or name not in messages[0]:
                    wrong.append(name)

    threads = [threading.Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
