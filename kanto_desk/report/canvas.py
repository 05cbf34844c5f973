"""A tagged canvas: pages of drawing operators whose every mark belongs to a structure element or is an artifact.

Points, origin at the lower left. Places nothing by itself: blocks and frames say where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from kanto_desk.report.embedding import DocumentFonts
from kanto_desk.report.fonts import stack
from kanto_desk.report.images import Picture
from kanto_desk.report.paragraph import Line
from kanto_desk.report.pdf_objects import ObjectWriter, deflate, text
from kanto_desk.report.tagging import (
    Element,
    Facts,
    write_information,
    write_metadata,
    write_output_intent,
    write_structure,
)
from kanto_desk.stopping import heed

Align = Literal["left", "center", "right"]
Colour = tuple[float, float, float]
A4 = (595.28, 841.89)
A4_ACROSS = (A4[1], A4[0])
_BASELINE = 0.88   # of the type size, from the top of the em box


def rgb(colour: Colour) -> str:
    """The operands of a colour."""
    return f"{colour[0]:g} {colour[1]:g} {colour[2]:g}"


class Canvas:
    """Draws a document page by page and writes it."""

    def __init__(self, size: tuple[float, float] = A4) -> None:
        self.size = size
        self.root = Element("Document")
        self.pages: list[list[str]] = []
        self._marked: list[list[Element]] = []
        self._open: list[Element] = [self.root]
        self._fonts = DocumentFonts()
        self._pictures: dict[Picture, str] = {}
        self._page = -1
        self._closed: dict[int, bytes] = {}

    # pages ------------------------------------------------------------------------------------------------------

    def add_page(self) -> int:
        """Begin a page; returns its index."""
        self.pages.append([])
        self._marked.append([])
        self._page = len(self.pages) - 1
        return self._page

    def return_to(self, page: int) -> None:
        """Draw on an earlier page again (footers, once the number of pages is known)."""
        self._page = page

    def close(self, pages: Sequence[int]) -> None:
        """Nothing more is drawn on these pages: keep them packed, so that long files need little memory."""
        for page in pages:
            heed()
            self._closed[page] = deflate("\n".join(self.pages[page]).encode("ascii"))
            self.pages[page] = []

    def draw(self, *operators: str) -> None:
        """Add raw operators to the page."""
        self.pages[self._page].extend(operators)

    # structure --------------------------------------------------------------------------------------------------

    @contextmanager
    def within(self, element: Element) -> Iterator[None]:
        """What is drawn inside belongs to `element`; an element may be entered again on a later page."""
        if not element.placed:
            self._open[-1].kids.append(element)
            element.placed = True
        self._open.append(element)
        yield
        self._open.pop()

    @contextmanager
    def content(self, element: Element) -> Iterator[None]:
        """Marked content of a leaf element."""
        if not element.placed:
            self._open[-1].kids.append(element)
            element.placed = True
        marked = self._marked[self._page]
        element.kids.append((self._page, len(marked)))
        operators = self.pages[self._page]
        operators.append(f"/{element.tag}<</MCID {len(marked)}>>BDC")
        marked.append(element)
        yield
        operators.append("EMC")

    @contextmanager
    def artifact(self, *, page_furniture: bool = False) -> Iterator[None]:
        """Decoration, or headers and footers of the page: nothing that a reader must hear."""
        operators = self.pages[self._page]
        operators.append("/Artifact<</Type/Pagination>>BDC" if page_furniture else "/Artifact BMC")
        yield
        operators.append("EMC")

    # text -------------------------------------------------------------------------------------------------------

    def lines(self, lines: Sequence[Line], x: float, top: float, width: float, *, size: float, leading: float,
              colour: Colour, align: Align = "left") -> None:
        """Set lines under each other from `top` down in a column of `width`."""
        out = [f"BT {rgb(colour)} rg"]
        font = ""
        spacing = 0.0
        y = top - (leading - size) / 2 - size * _BASELINE
        rubies: list[tuple[str, float, float]] = []
        for line in lines:
            if line.glyphs:
                start = x + line.left * size
                if align != "left":
                    start += (width - line.width * size) * (0.5 if align == "center" else 1.0)
                out.append(f"1 0 0 1 {start:.2f} {y:.2f} Tm")
                if line.tracking != spacing:
                    spacing = line.tracking
                    out.append(f"{spacing * size:.4f} Tc")
                font = self._show(out, line, font, size)
                rubies += [(reading, start + (left + right) / 2 * size, y) for reading, left, right in line.rubies]
            y -= leading
        if spacing:
            out.append("0 Tc")
        out.append("ET")
        self.draw(*out)
        for reading, middle, base in rubies:
            small = size * 0.5
            self.text(reading, max(x, middle - stack().width(reading) * small / 2), base + size * 0.92, size=small,
                      colour=colour)

    def _show(self, out: list[str], line: Line, font: str, size: float) -> str:
        codes = self._fonts
        run: list[str] = ["<"]
        for glyph, extra in zip(line.glyphs, [*line.extra, 0.0], strict=True):
            resource, code = codes[glyph]
            if resource != font:
                if len(run) > 1:
                    out.append(f"[{''.join(run)}>]TJ")
                    run = ["<"]
                out.append(f"/{resource} {size:g} Tf")
                font = resource
            if extra > 0.0005 or extra < -0.0005:
                run.append(f"{code}>{-extra * 1000:.0f}<")
            else:
                run.append(code)
        out.append(f"[{''.join(run)}>]TJ")
        return font

    def text(self, words: str, x: float, y: float, *, size: float, colour: Colour, bold: bool = False,
             align: Align = "left", tracking: float = 0.0) -> float:
        """One unbroken line with its baseline at y; `tracking` in em. Returns the width in points."""
        glyphs = stack(bold).glyphs(words)
        if not glyphs:
            return 0.0
        width = (sum(glyph.advance for glyph in glyphs) + tracking * (len(glyphs) - 1)) * size
        start = x - (width if align == "right" else width / 2 if align == "center" else 0.0)
        out = [f"BT {rgb(colour)} rg 1 0 0 1 {start:.2f} {y:.2f} Tm"]
        if tracking:
            out.append(f"{tracking * size:.4f} Tc")
        self._show(out, Line(glyphs, [0.0] * (len(glyphs) - 1), 0.0, width), "", size)
        out.append("0 Tc ET" if tracking else "ET")
        self.draw(*out)
        return width

    # shapes -----------------------------------------------------------------------------------------------------

    def line(self, x1: float, y1: float, x2: float, y2: float, *, thick: float, colour: Colour) -> None:
        """A straight line."""
        self.draw(f"{rgb(colour)} RG {thick:g} w {x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S")

    def box(self, x: float, y: float, width: float, height: float, *, fill: Colour | None = None,
            edge: Colour | None = None, thick: float = 0.5) -> None:
        """A rectangle, filled, edged or both."""
        paint = f"{rgb(fill)} rg " if fill else ""
        if edge:
            paint += f"{rgb(edge)} RG {thick:g} w "
        operator = "B" if fill and edge else "f" if fill else "S"
        self.draw(f"{paint}{x:.2f} {y:.2f} {width:.2f} {height:.2f} re {operator}")

    def picture(self, picture: Picture, x: float, y: float, width: float, height: float) -> None:
        """A picture in a rectangle, turned as its camera said."""
        resource = self._pictures.setdefault(picture, f"I{len(self._pictures) + 1}")
        a, b, c, d, e, f = picture.placement
        self.draw(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {y:.2f} cm {a} {b} {c} {d} {e} {f} cm /{resource} Do Q")

    # the file ---------------------------------------------------------------------------------------------------

    @property
    def missing(self) -> tuple[str, ...]:
        """Clusters used so far that no face could show as written."""
        return tuple(self._fonts.lost)

    def finish(self, facts: Facts) -> bytes:
        """The whole file. The canvas is spent afterwards."""
        writer = ObjectWriter()
        catalogue, tree = writer.reserve(), writer.reserve()
        fonts = self._fonts.write(writer)
        pictures = "".join(f"/{resource} {picture.write(writer)} 0 R" for picture, resource in self._pictures.items())
        self._pictures.clear()
        resource_object = writer.add(f"<</Font<<{fonts}>>/XObject<<{pictures}>>>>")
        numbers = []
        self.close([page for page in range(len(self.pages)) if page not in self._closed])
        for index in range(len(self.pages)):
            stream = writer.add_stream("/Filter/FlateDecode", self._closed.pop(index), packed=True)
            numbers.append(writer.add(
                f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {self.size[0]} {self.size[1]}]"
                f"/Resources {resource_object} 0 R/Contents {stream} 0 R/StructParents {index}/Tabs/S>>"))
        writer.put(tree, f"<</Type/Pages/Count {len(numbers)}/Kids[{' '.join(f'{n} 0 R' for n in numbers)}]>>")
        structure = write_structure(writer, self.root, numbers, self._marked)
        writer.put(catalogue, (
            f"<</Type/Catalog/Pages {tree} 0 R/Lang{text(facts.language)}/MarkInfo<</Marked true>>"
            f"/StructTreeRoot {structure} 0 R/ViewerPreferences<</DisplayDocTitle true>>"
            f"/OutputIntents{write_output_intent(writer)}/Metadata {write_metadata(writer, facts)} 0 R>>"))
        return writer.finish(catalogue, write_information(writer, facts))
