"""Pytest beside Odoo: the repository and its tests/ are packages of Odoo's, not ours to import."""

import sys
import types

import pytest

from .settings import REPOSITORY

# tests/__init__.py imports Odoo: for pytest the folder is a bare name space.
_TESTS = types.ModuleType("tests")
_TESTS.__path__ = [str(REPOSITORY / "tests")]
sys.modules.setdefault("tests", _TESTS)


def pytest_collect_directory(path, parent):
    """A plain folder, though it has an ``__init__.py``."""
    return pytest.Dir.from_parent(parent, path=path)


def pytest_ignore_collect(collection_path):
    """Files right in tests/ are Odoo's tests."""
    return (
        True
        if collection_path.parent == REPOSITORY / "tests" and collection_path.is_file()
        else None
    )
