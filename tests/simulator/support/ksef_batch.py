"""Packages of invoices and batch sessions, written from the guide for these tests alone."""

import gzip
import io
import tarfile
import zipfile
from typing import Any

import requests
from ksef_caller import FORM, Caller, Envelope, digest, wait


def zipped(files: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return memory.getvalue()


def tarred(files: list[tuple[str, bytes]], kind: bytes = tarfile.REGTYPE) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(memory.getvalue())


class Batch:
    """One package and the session that it goes through."""

    def __init__(
        self,
        caller: Caller,
        files: list[tuple[str, bytes]] | bytes,
        *,
        parts: int = 1,
        kind: str | None = None,
        **request: Any,
    ) -> None:
        self.caller = caller
        self.envelope = Envelope()
        if isinstance(files, bytes):
            self.package = files
        else:
            self.package = tarred(files) if kind == "TarGz" else zipped(files)
        step = -(-len(self.package) // parts)
        self.parts = [
            self.envelope.encrypt(self.package[start : start + step])
            for start in range(0, len(self.package), step)
        ]
        self.kind = kind
        self.more = request
        self.reference = ""
        self.uploads: list[dict[str, Any]] = []

    def request(self) -> dict[str, Any]:
        package: dict[str, Any] = {
            "fileSize": len(self.package),
            "fileHash": digest(self.package),
            "fileParts": [
                {"ordinalNumber": number, "fileSize": len(part), "fileHash": digest(part)}
                for number, part in enumerate(self.parts, 1)
            ],
        }
        if self.kind:
            package["compressionType"] = self.kind
        opening = self.caller.session_request(self.envelope)
        return {**opening, "formCode": dict(FORM), "batchFile": package, **self.more}

    def open(self, request: dict[str, Any] | None = None) -> "Batch":
        opened = self.caller.json("POST /sessions/batch", request or self.request())
        self.reference = opened["referenceNumber"]
        self.uploads = opened["partUploadRequests"]
        return self

    def put(self, number: int = 1, data: bytes | None = None, **extra: Any) -> requests.Response:
        upload = self.uploads[number - 1]
        headers = {**upload["headers"], **extra.pop("headers", {})}
        return requests.request(
            upload["method"],
            extra.pop("url", upload["url"]),
            data=self.parts[number - 1] if data is None else data,
            headers={name: value for name, value in headers.items() if value is not None},
            timeout=30,
        )

    def upload(self) -> "Batch":
        for upload in self.uploads:
            answer = self.put(upload["ordinalNumber"])
            assert answer.status_code == 201, answer.text
        return self

    def close(self, expect: int = 204) -> requests.Response:
        return self.caller.call(f"POST /sessions/batch/{self.reference}/close", expect=expect)

    def status(self) -> dict[str, Any]:
        return self.caller.json(f"GET /sessions/{self.reference}")

    def send(self) -> dict[str, Any]:
        """The whole way; gives the session's final status answer."""
        self.open().upload().close()
        wait(self.status, 30)
        return self.status()

    def invoices(self, query: str = "?pageSize=1000") -> list[dict[str, Any]]:
        return self.caller.json(f"GET /sessions/{self.reference}/invoices{query}")["invoices"]
