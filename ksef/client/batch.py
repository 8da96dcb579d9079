"""Sending many invoices in one archive (guide, sesja-wsadowa.md).

Nothing that was uploaded is processed before the session is closed.  KSeF counts neither the
uploads nor, later, the downloads of receipts by their links (guide, limity/limity-api.md).
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError, Refused, Unknown
from ..packages import Package, Part
from .calling import FORM_FA3, Calling, host_of, to_base64
from .reading import Fields, Unreadable
from .results_batch import BatchSession, PartUpload
from .transport import Answer

_UPLOAD = "PUT partUploadRequests.url"
# The storage says no in XML of its own (guide: 400, 401, 403).
_SAID = re.compile(rb"<(?:Code|Message)>([^<]{1,300})</")


class BatchOperations(Calling):
    """``/sessions/batch``."""

    def open_batch_session(
        self,
        package: Package,
        encrypted_key: bytes,
        iv: bytes,
        public_key_id: str | None = None,
        *,
        offline: bool = False,
    ) -> BatchSession:
        """``POST /sessions/batch`` for FA(3) invoices.

        The moment of opening counts as the day on which KSeF received the invoices.

        :param package: of ``ksef.packages.packed``
        :param encrypted_key: of ``ksef.crypto.SessionKey.wrapped``
        :param iv: the session key's 16 bytes
        :param public_key_id: the key it was wrapped with
        :param offline: the taxpayer declares the offline mode for all invoices of the package
        """
        encryption = {
            "encryptedSymmetricKey": to_base64(encrypted_key),
            "initializationVector": to_base64(iv),
        }
        if public_key_id:
            encryption["publicKeyId"] = public_key_id
        body: dict[str, Any] = {
            "formCode": FORM_FA3,
            "batchFile": {
                "fileSize": package.size,
                "fileHash": to_base64(package.sha256),
                "compressionType": package.compression.value,
                "fileParts": [
                    {
                        "ordinalNumber": part.ordinal,
                        "fileSize": part.size,
                        "fileHash": to_base64(part.sha256),
                    }
                    for part in package.parts
                ],
            },
            "encryption": encryption,
            "offlineMode": offline,
        }
        declared = [part.ordinal for part in package.parts]

        def opened(fields: Fields) -> BatchSession:
            session = BatchSession.read(fields)
            if [upload.ordinal for upload in session.uploads] != declared:
                raise Unreadable("partUploadRequests do not fit the parts that were declared")
            return session

        return self._get("POST /sessions/batch", opened, body=body, token=self._access())

    def upload_part(self, upload: PartUpload, part: Part) -> None:
        """Upload one part to the address that KSeF named, streaming it from its file.

        The address carries its own key: no token is sent.  KSeF's storage answers on the host of
        its API, for uploads (``https://<API>/storage/…/batch-parts/…``) as for downloads (see
        ``Environment.allows``); the host in OpenAPI's example is no public one.  No other address
        is used.

        :raises Refused: the storage did not take it (400, 401, 403; the time may be over)
        :raises Unknown: whether it is there is not known; ``kind`` ``"address"``: the address
            leads out of the client's environment and was not called
        """
        if not self.environment.allows(upload.url):
            host = host_of(upload.url)
            raise Unknown("address", may_have_arrived=False, host=host, operation=_UPLOAD)
        with part.path.open("rb") as body:
            answer = self._transport.call(
                _UPLOAD,
                upload.method,
                "",
                url=upload.url,
                headers=upload.headers,
                body=body,
                any_status=True,
            )
        # The edge in front of KSeF answers 200 with a page of its own where it lets nothing pass.
        if answer.status != 201:
            raise self._not_stored(answer)

    def _not_stored(self, answer: Answer) -> Refused | Unknown:
        if answer.status in (400, 401, 403) and answer.content_type.endswith("xml"):
            said = ": ".join(
                text.decode("utf-8", "replace").strip() for text in _SAID.findall(answer.body)
            )
            return Refused(
                [ApiError(None, said or f"HTTP {answer.status}")],
                operation=_UPLOAD,
                http_status=answer.status,
            )
        return Unknown(
            "http",
            may_have_arrived=True,
            host=host_of(self.environment.api),
            reason=answer.content_type or "empty answer",
            operation=_UPLOAD,
            http_status=answer.status,
        )

    def close_batch_session(self, reference: str) -> None:
        """``POST /sessions/batch/{referenceNumber}/close``: KSeF begins to process the package.

        :raises Refused: 21157, 21205 a part is missing or of another size; 21180 it was closed
            before; 21208 the time for uploads is over
        """
        self._call(
            "POST /sessions/batch/{referenceNumber}/close",
            parts=(reference,),
            token=self._access(),
        )
