"""The parser for foreign XML fetches nothing, whoever calls it."""

from ksef.xades.canonical import parse


def test_other_files_are_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret content")
    root = parse(
        f"<!DOCTYPE a [<!ENTITY e SYSTEM '{secret.as_uri()}'>]><a>&e;</a>".encode()
    ).getroot()
    assert root.xpath("string()") == ""
    assert "secret content" not in "".join(root.itertext("a"))
