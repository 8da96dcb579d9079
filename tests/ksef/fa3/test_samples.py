"""The Ministry's published examples: read, written again, validated."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ksef import fa3
from ksef.fa3 import page

from .test_page import assert_nothing_hidden

SAMPLES = sorted((Path(__file__).resolve().parents[4] / "shared" / "samples").glob("*.xml"))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_written_again_it_is_the_same_document(file, canonical):
    data = file.read_bytes()
    invoice = fa3.read(data)
    again = fa3.write(invoice)
    assert canonical(again) == canonical(data)
    assert fa3.read(again) == invoice


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_nothing_is_wrong_with_it(file):
    assert fa3.validate(file.read_bytes(), today=date(2026, 12, 31)) == []


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_nothing_of_it_is_hidden_on_the_page(file):
    data = file.read_bytes()
    assert_nothing_hidden(data, page.render(data))
    english = page.render(data, language="en")
    assert "Total due" in english
    assert "Kwota należności" not in english
