"""Odoo and its server for the tests that need them."""

import pytest

from tools import odoo


@pytest.fixture(scope="session")
def installation():
    return odoo.get()
