"""What people may set, and what they are told when it is wrong."""

import pytest

from tools import odoo_source, postgres
from tools.console import Stop


def test_database_url_in_full():
    server = postgres._given("postgresql://anna:s%40crt@db.example:6543")
    assert server == postgres.Server("db.example", 6543, "anna", "s@crt")
    assert "s@crt" not in " ".join(server.odoo_arguments)
    assert server.environment == {"PGPASSWORD": "s@crt"}


def test_database_url_of_the_own_machine():
    server = postgres._given("postgresql:///")
    assert server.host == ""
    assert server.odoo_arguments == ["--db_port=5432", "--db_user=odoo"]


def test_database_url_of_a_socket():
    server = postgres._given("postgresql://odoo@/?host=/run/My-Postgres")
    assert server.host == "/run/My-Postgres"


@pytest.mark.parametrize("url", ["mysql://db", "db.example:5432", "odoo"])
def test_other_database_urls_are_explained(url):
    with pytest.raises(Stop, match="postgresql://user:password@host"):
        postgres._given(url)


def test_a_folder_without_odoo_is_explained(tmp_path):
    with pytest.raises(Stop, match="ODOO_SRC"):
        odoo_source._at(tmp_path)


@pytest.mark.parametrize("beside", [True, False])
def test_odoo_in_a_checkout_and_installed(tmp_path, beside):
    package = tmp_path / "odoo"
    (package / "addons" / "base").mkdir(parents=True)
    (package / "release.py").write_text("version_info = (19, 0)\nversion = '19.0'\n")
    account = tmp_path / "addons" / "account" if beside else package / "addons" / "account"
    account.mkdir(parents=True)
    odoo = odoo_source._at(tmp_path)
    assert odoo.python_path == tmp_path
    assert account.parent in odoo.addons
    assert package / "addons" in odoo.addons


def test_another_odoo_is_refused(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (17, 0)\nversion = '17.0'\n")
    with pytest.raises(Stop, match="17.0"):
        odoo_source._at(tmp_path)
