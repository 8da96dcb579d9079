"""Reading a PDF as a person with paper and a phone does."""

from dataclasses import dataclass
from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

INCH = 25.4  # millimetres
POINT = INCH / 72


@dataclass(frozen=True)
class Code:
    """A QR code as zbar found it: what it says and how large it is on paper, in millimetres."""

    link: str
    page: int
    width: float
    height: float
    left: float
    top: float


class Paper:
    def __init__(self, data: bytes):
        assert data.startswith(b"%PDF"), data[:200]
        self._document = pypdfium2.PdfDocument(data)

    @property
    def pages(self) -> int:
        return len(self._document)

    @property
    def text(self) -> str:
        """All its text with single spaces, as pdftotext would say it."""
        texts = [page.get_textpage().get_text_bounded() for page in self._document]
        return " ".join(" ".join(texts).split())

    def image(self, page: int, resolution: int) -> Image.Image:
        scale = resolution / 72
        return self._document[page].render(scale=scale).to_pil().convert("L")

    def codes(self, resolution: int = 200) -> list[Code]:
        """The QR codes that zbar reads when the paper is scanned with so many dots an inch."""
        found = []
        for page in range(self.pages):
            scanned = self.image(page, resolution)
            for code in pyzbar.decode(scanned, symbols=[pyzbar.ZBarSymbol.QRCODE]):
                box = code.rect
                left, top, width, height = (
                    value / resolution * INCH
                    for value in (box.left, box.top, box.width, box.height)
                )
                found.append(Code(code.data.decode(), page, width, height, left, top))
        return found

    def links_read_by_another(self, resolution: int) -> list[str]:
        """The same by zxing, which phones use."""
        return [
            code.text
            for page in range(self.pages)
            for code in zxingcpp.read_barcodes(self.image(page, resolution))
            if code.format == zxingcpp.BarcodeFormat.QRCode
        ]

    def png(self, page: int = 0, resolution: int = 100) -> bytes:
        target = BytesIO()
        self._document[page].render(scale=resolution / 72).to_pil().save(target, "PNG")
        return target.getvalue()
