"""Archives of batch sessions: every byte comes back, in parts that KSeF takes."""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ksef import packages
from ksef.crypto import SessionKey
from ksef.packages import Compression, packed

DOCUMENTS = [(f"{number}.xml", f"<Faktura>ż{number}</Faktura>".encode()) for number in range(9)]


def joined(package, key):
    """The archive, put together again from the encrypted parts alone."""
    return b"".join(key.decrypt(part.path.read_bytes()) for part in package.parts)


def unpacked(archive, compression):
    if compression is Compression.ZIP:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            assert opened.testzip() is None
            return [(info.filename, opened.read(info)) for info in opened.infolist()]
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
        return [(entry.name, opened.extractfile(entry).read()) for entry in opened]


@pytest.mark.parametrize("compression", Compression)
def test_every_byte_comes_back(compression):
    key = SessionKey.new()
    with packed(iter(DOCUMENTS), key, compression=compression) as package:
        archive = joined(package, key)
        assert unpacked(archive, compression) == DOCUMENTS
        assert package.compression is compression
        assert package.invoices == 9
        assert package.size == len(archive)
        assert package.sha256 == hashlib.sha256(archive).digest()
        (part,) = package.parts
        assert part.ordinal == 1
        # PKCS#7 always adds; a vector in front of the ciphertext would add sixteen bytes more.
        assert part.size == len(archive) // 16 * 16 + 16 == part.path.stat().st_size
        assert part.sha256 == hashlib.sha256(part.path.read_bytes()).digest()
        assert key.iv not in part.path.read_bytes()


@pytest.mark.parametrize("compression", Compression)
def test_cut_into_parts(compression):
    """Each part is encrypted on its own, all with the vector that the session declares."""
    key = SessionKey.new()
    noise = [(f"{number}.xml", os.urandom(700)) for number in range(10)]
    with packed(noise, key, compression=compression, part_bytes=1000) as package:
        assert len(package.parts) == -(-package.size // 1000) > 6
        assert [part.ordinal for part in package.parts] == list(range(1, len(package.parts) + 1))
        pieces = [key.decrypt(part.path.read_bytes()) for part in package.parts]
        assert {len(piece) for piece in pieces[:-1]} == {1000}
        assert len(pieces[-1]) == package.size - 1000 * (len(pieces) - 1)
        assert unpacked(b"".join(pieces), compression) == noise
        for part in package.parts:
            assert part.sha256 == hashlib.sha256(part.path.read_bytes()).digest()
            assert part.size == part.path.stat().st_size


def test_parts_end_where_the_archive_ends():
    """No empty part follows an archive that fills its parts."""
    key = SessionKey.new()
    with packed(DOCUMENTS, key) as whole:
        size = whole.size
    with packed(DOCUMENTS, key, part_bytes=size) as package:
        assert len(package.parts) == 1
    with packed(DOCUMENTS, key, part_bytes=size - 1) as package:
        assert [len(key.decrypt(part.path.read_bytes())) for part in package.parts] == [
            size - 1,
            1,
        ]


@pytest.mark.parametrize("compression", Compression)
def test_the_same_documents_make_the_same_archive(compression):
    digests = set()
    for _try in range(2):
        with packed(DOCUMENTS, SessionKey.new(), compression=compression) as package:
            digests.add(package.sha256)
    assert len(digests) == 1


def test_a_fresh_key_makes_other_ciphertext():
    with packed(DOCUMENTS, SessionKey.new()) as one, packed(DOCUMENTS, SessionKey.new()) as two:
        assert one.sha256 == two.sha256
        assert one.parts[0].sha256 != two.parts[0].sha256


def test_another_program_can_read_it(tmp_path):
    """OpenSSL decrypts with the key and vector alone."""
    key = SessionKey.new()
    with packed(DOCUMENTS, key) as package:
        found = subprocess.run(
            ["openssl", "enc", "-d", "-aes-256-cbc", "-K", key.key.hex(), "-iv", key.iv.hex()]
            + ["-in", package.parts[0].path],
            capture_output=True,
            check=True,
        ).stdout
    assert unpacked(found, Compression.ZIP) == DOCUMENTS


def test_nothing_stays_behind(tmp_path):
    with packed(DOCUMENTS, SessionKey.new(), folder=str(tmp_path)) as package:
        (directory,) = tmp_path.iterdir()
        assert directory.stat().st_mode & 0o077 == 0
        # The archive itself, in which the invoices can be read, has no name at all.
        assert [path.name for path in directory.iterdir()] == ["1.aes"]
        assert package.parts[0].path.parent == directory
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_behind_after_trouble(tmp_path):
    def broken():
        yield DOCUMENTS[0]
        raise OSError("the filestore is gone")

    with (
        pytest.raises(OSError, match="filestore"),
        packed(broken(), SessionKey.new(), folder=str(tmp_path)),
    ):
        raise AssertionError("never reached")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [("a.xml", b"1"), ("a.xml", b"2")],
        [("../a.xml", b"1")],
        [("", b"1")],
        [("a/b.xml", b"1")],
        [("ż.xml", b"1")],
        [("a" * 129, b"1")],
    ],
)
def test_what_cannot_be_packed(documents):
    with pytest.raises(ValueError), packed(documents, SessionKey.new()):
        raise AssertionError("never reached")


def test_the_limits_of_ksef():
    assert packages.MAX_INVOICES == 10_000
    assert packages.MAX_PARTS == 50
    assert packages.MAX_PART_BYTES == 100_000_000
    assert packages.MAX_PACKAGE_BYTES == packages.MAX_PARTS * packages.MAX_PART_BYTES


def test_no_more_invoices_than_ksef_takes():
    def many(count):
        return ((f"{number}.xml", b"x") for number in range(count))

    with packed(many(10_000), SessionKey.new(), compression=Compression.TAR_GZ) as package:
        assert package.invoices == 10_000
    with pytest.raises(ValueError, match="10000"), packed(many(10_001), SessionKey.new()):
        raise AssertionError("never reached")


def test_no_more_parts_than_ksef_takes():
    key = SessionKey.new()
    noise = [("a.xml", os.urandom(1000))]
    with packed(noise, key) as package:
        size = package.size
    with packed(noise, key, part_bytes=-(-size // 50)) as package:
        assert len(package.parts) <= 50
    with (
        pytest.raises(ValueError, match="more than KSeF takes"),
        packed(noise, key, part_bytes=size // 51),
    ):
        raise AssertionError("never reached")


def test_gzip_names_neither_file_nor_moment():
    key = SessionKey.new()
    with packed(DOCUMENTS, key, compression=Compression.TAR_GZ) as package:
        archive = joined(package, key)
    assert archive[:4] == b"\x1f\x8b\x08\x00"  # no flags: no name
    assert archive[4:8] == bytes(4)
    assert gzip.decompress(archive)


MEASURE = """
import os, resource, sys
from ksef.crypto import SessionKey
from ksef.packages import packed
def documents():
    for number in range(int(sys.argv[1])):
        yield f"{number}.xml", os.urandom(1_000_000)
with packed(documents(), SessionKey.new()) as package:
    assert package.invoices == int(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_invoices():
    """240 MB of invoices, three parts: not ten megabytes more than for 20 MB."""

    def peak(count):
        root = Path(__file__).resolve().parents[2]
        found = subprocess.run(
            [sys.executable, "-c", MEASURE, str(count)], cwd=root, capture_output=True, check=True
        )
        return int(found.stdout)

    assert peak(240) - peak(20) < 10_000  # kilobytes
