"""Archives that somebody made to do harm: refused soon, and without the memory they ask for."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ksef_batch import tarred, zipped

from simulator import packages


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes, str], list[packages.File]]:
    def write_and_read(data: bytes, kind: str) -> list[packages.File]:
        path = tmp_path / "package"
        path.write_bytes(data)
        return packages.read(path, kind)

    return write_and_read


@pytest.fixture
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64_000_000, peak


def zeros(size: int, kind: str) -> bytes:
    """An archive of one file, a thousandth of its size."""
    return zipped([("a", bytes(size))]) if kind == "Zip" else tarred([("a", bytes(size))])


@pytest.mark.parametrize("kind", packages.KINDS)
def test_a_bomb_is_put_out(
    read: Callable, monkeypatch: pytest.MonkeyPatch, little_memory: None, kind: str
) -> None:
    monkeypatch.setattr(packages, "LARGEST_CONTENT", 20_000_000)
    monkeypatch.setattr(packages, "_TAR_OVERHEAD", 10_000)
    (file,) = read(zeros(19_000_000, kind), kind)
    assert (file.size, len(file.data) < 3_100_000) == (19_000_000, True)
    with pytest.raises(packages.Unreadable):
        read(zeros(20_000_001, kind), kind)


@pytest.mark.parametrize("kind", packages.KINDS)
def test_many_files_count_together(
    read: Callable, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(packages, "LARGEST_CONTENT", 3_000)
    files = [(str(number), b"x" * 1_000) for number in range(4)]
    archive = zipped if kind == "Zip" else tarred
    assert [file.name for file in read(archive(files[:3]), kind)] == ["0", "1", "2"]
    with pytest.raises(packages.Unreadable):
        read(archive(files), kind)


@pytest.mark.parametrize("kind", packages.KINDS)
def test_no_more_files_than_invoices(
    read: Callable, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(packages, "MAX_INVOICES", 5)
    files = [(str(number), b"x") for number in range(6)]
    archive = zipped if kind == "Zip" else tarred
    assert len(read(archive(files[:5]), kind)) == 5
    with pytest.raises(packages.TooManyFiles):
        read(archive(files), kind)


def test_directories_do_not_go_on_for_ever(read: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_INVOICES", 5)
    with pytest.raises(packages.TooManyFiles):
        read(tarred([("a", b"")] * 20, kind=tarfile.DIRTYPE), "TarGz")


def test_a_huge_directory_is_not_read(read: Callable, little_memory: None) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for number in range(100):
            entry = zipfile.ZipInfo(str(number))
            entry.comment = b"x" * 65_000
            archive.writestr(entry, b"")
    with pytest.raises(packages.Unreadable):
        read(memory.getvalue(), "Zip")


def test_a_huge_name_is_not_read(read: Callable, little_memory: None) -> None:
    member = tarfile.TarInfo("a")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 30_000_000
    data = member.tobuf(tarfile.GNU_FORMAT) + bytes(30_000_000)
    with pytest.raises(packages.Unreadable):
        read(gzip.compress(data, 1), "TarGz")


def test_names_of_names_of_names(read: Callable) -> None:
    member = tarfile.TarInfo("a")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1
    block = member.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\x00")
    with pytest.raises(packages.Unreadable):
        read(gzip.compress(block * 5_000), "TarGz")


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"6", tarfile.GNUTYPE_SPARSE])
def test_links_and_devices_are_no_invoices(read: Callable, kind: bytes) -> None:
    with pytest.raises(packages.Unreadable):
        read(tarred([("a", b"")], kind=kind), "TarGz")


def test_a_name_that_is_no_text_becomes_one(read: Callable) -> None:
    data = gzip.decompress(tarred([("ab", b"x")])).replace(b"ab\x00", b"\xff\xfe\x00", 1)
    fixed = bytearray(data)
    checksum = sum(fixed[:148]) + sum(fixed[156:512]) + 8 * 32
    fixed[148:156] = b"%06o\x00 " % checksum
    (file,) = read(gzip.compress(bytes(fixed)), "TarGz")
    assert file.name == "??"


def test_a_password_is_not_asked_for(read: Callable) -> None:
    package = bytearray(zipped([("a", b"x")]))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        package[package.index(signature) + place] |= 1
    with pytest.raises(packages.Unreadable):
        read(bytes(package), "Zip")
