"""Reading PDFs back with three programs that are not ours: poppler, PDFium and qpdf."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2


def bare(text: str) -> str:
    """A text without blanks and line ends, which extraction may set anew."""
    return "".join(char for char in text if not char.isspace() and char not in "\ufeff\x0c")


def by_poppler(pdf: bytes, folder: Path) -> str:
    """The text that pdftotext finds, in the order of the content."""
    file = folder / "read.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", str(file), "-"], capture_output=True, check=True).stdout.decode("utf-8")


def by_pdfium(pdf: bytes) -> str:
    """The text that PDFium finds; it marks a hyphen at a line's end as a possible word division, undone here."""
    document = pypdfium2.PdfDocument(pdf)
    parts = []
    for page in document:
        text = page.get_textpage()
        parts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return "\n".join(parts).replace("\ufffe", "-").replace("\x02", "-")


def opened(pdf: bytes) -> pikepdf.Pdf:
    """The file opened by qpdf's library."""
    return pikepdf.open(io.BytesIO(pdf))


def elements(pdf: pikepdf.Pdf, tag: str = "") -> list[Any]:
    """Every structure element, depth first; only those of a tag if named."""
    found: list[Any] = []

    def visit(element: Any) -> None:
        if element.get("/Type") == "/StructElem":
            if tag in ("", str(element.S)[1:]):
                found.append(element)
            for kid in element.K:
                if isinstance(kid, pikepdf.Dictionary):
                    visit(kid)

    visit(pdf.Root.StructTreeRoot.K)
    return found


def picture(pdf: bytes, page: int, scale: float) -> Any:
    """A page as a PIL image."""
    document = pypdfium2.PdfDocument(pdf)
    image = document[page].render(scale=scale).to_pil().convert("L")
    document.close()
    return image
