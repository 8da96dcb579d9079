"""What opening a batch session returns; every class names its OpenAPI schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .reading import Fields, Unreadable

_METHODS = ("PUT", "POST")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")


@dataclass(frozen=True)
class PartUpload:
    """``PartUploadRequest``: how one part is handed over.

    :ivar ordinal: of the part, from 1
    :ivar url: holds its own key, which lets anybody write there for a while
    :ivar headers: to be sent exactly so
    """

    ordinal: int
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]

    @classmethod
    def read(cls, fields: Fields) -> PartUpload:
        method = fields.text("method").upper()
        if method not in _METHODS:
            raise Unreadable("method of partUploadRequests is none that writes")
        headers = fields.text_map("headers")
        for name, value in headers.items():
            if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
                raise Unreadable("headers of partUploadRequests are none")
        return cls(fields.integer("ordinalNumber"), method, fields.text("url"), headers)


@dataclass(frozen=True)
class BatchSession:
    """``OpenBatchSessionResponse``; ``uploads`` in the order of the parts."""

    reference: str
    uploads: tuple[PartUpload, ...]

    @classmethod
    def read(cls, fields: Fields) -> BatchSession:
        uploads = [PartUpload.read(item) for item in fields.objects("partUploadRequests")]
        return cls(
            reference=fields.text("referenceNumber"),
            uploads=tuple(sorted(uploads, key=lambda upload: upload.ordinal)),
        )
