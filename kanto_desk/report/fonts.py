"""Font stacks for paper: one style over several faces, read by HarfBuzz. Nothing is ever printed as a silent box.

Glyphs only; how they become PDF objects stands in embedding.py. A cluster (base character with its variation selector,
dakuten or joiners) is one glyph, so that copying from the paper gives back exactly what was written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kanto_desk.paths import resources
from kanto_desk.report.characters import Sort, sort_of

GETA: Final = "〓"
_MARKS = ("\u0300-\u036f\u20d0-\u20f0\u3099\u309a\ufe00-\ufe0f"
          "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef\U000e0020-\U000e007f")
_CLUSTER = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|.[{_MARKS}]*(?:\u200d.[{_MARKS}]*)*", re.DOTALL)
_COMPLEX = re.compile(f"[{_MARKS}\u200d\U0001f1e6-\U0001f1ff]")
_UNSEEN: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x200C, 0x200E, 0x200F,
                                                *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
_UNSEEN_OR_BLANK = _UNSEEN | {9: " ", 0xA0: " ", 0x2028: " ", 0x2029: " "}
_KEPT_BLANK = 0.06   # em left between ink and neighbour when a bracket's own blank is squeezed


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """A cluster in a face. Widths in em; `left` and `right` are blanks of a bracket or stop that may be squeezed."""

    text: str
    face: Face
    gid: int
    advance: float
    sort: Sort
    left: float
    right: float
    lost: bool


class Face:
    """One TrueType file, mapped into memory and parsed only where it is asked."""

    def __init__(self, file: str) -> None:
        import uharfbuzz as hb  # here, so that importing the report package costs nothing at start-up

        self.file = file
        self.path = str(resources() / "fonts" / file)
        self.face: Any = hb.Face(hb.Blob.from_file_path(self.path))
        self.font: Any = hb.Font(self.face)
        self.scale = 1.0 / self.face.upem
        extents = self.font.get_font_extents("ltr")
        self.ascent: float = extents.ascender * self.scale
        self.descent: float = extents.descender * self.scale

    def glyph_id(self, cluster: str) -> int | None:
        """The glyph of a cluster exactly as written; None if this face has none."""
        nominal: int | None
        if len(cluster) == 1:
            nominal = self.font.get_nominal_glyph(ord(cluster))
            return nominal
        base, selector = cluster[0], ord(cluster[1])
        if len(cluster) == 2 and (0xFE00 <= selector <= 0xFE0F or selector >= 0xE0100):
            variant: int | None = self.font.get_variation_glyph(ord(base), selector)
            if variant is None and selector in (0xFE0E, 0xFE0F):   # text or emoji style: the plain shape is right
                nominal = self.font.get_nominal_glyph(ord(base))
                return nominal
            return variant
        composed = unicodedata.normalize("NFC", cluster)
        return self.glyph_id(composed) if len(composed) == 1 else None

    def advance(self, gid: int) -> float:
        """A glyph's advance in em."""
        width: float = self.font.get_glyph_h_advance(gid) * self.scale
        return width

    def blanks(self, gid: int) -> tuple[float, float]:
        """The white left and right of a glyph's ink that may be taken away, in em."""
        extents = self.font.get_glyph_extents(gid)
        left = extents.x_bearing * self.scale
        right = self.advance(gid) - (extents.x_bearing + extents.width) * self.scale
        return max(0.0, left - _KEPT_BLANK), max(0.0, right - _KEPT_BLANK)


@cache
def face(file: str) -> Face:
    """The face of a file in resources/fonts, opened once in this process."""
    return Face(file)


class FontStack(dict[str, Glyph]):
    """Cluster → glyph, looked up face by face and kept. A cluster that no face has gives 〓 with `lost` set."""

    def __init__(self, *files: str) -> None:
        super().__init__()
        self._files = files

    def __missing__(self, cluster: str) -> Glyph:
        glyph = self[cluster] = self._look_up(cluster)
        return glyph

    def _look_up(self, cluster: str) -> Glyph:
        for file in self._files:
            gid = face(file).glyph_id(cluster)
            if gid:
                return self._glyph(cluster, face(file), gid, lost=False)
        bare = cluster[0]
        if len(cluster) == 2 and cluster[1] >= "\U000e0100":   # an unknown variant prints its plain shape, and is told
            for file in self._files:
                gid = face(file).glyph_id(bare)
                if gid:
                    return self._glyph(cluster, face(file), gid, lost=True)
        geta = face(self._files[0])
        return self._glyph(cluster, geta, geta.glyph_id(GETA) or 0, lost=True)

    @staticmethod
    def _glyph(cluster: str, found: Face, gid: int, *, lost: bool) -> Glyph:
        sort = sort_of(cluster)
        left = right = 0.0
        if sort in (Sort.OPEN, Sort.CLOSE, Sort.STOP):
            left, right = found.blanks(gid)
        return Glyph(cluster, found, gid, found.advance(gid), sort, left if sort is Sort.OPEN else 0.0,
                     right if sort is not Sort.OPEN else 0.0, lost)

    def glyphs(self, text: str) -> list[Glyph]:
        """The glyphs of a text without line ends. Control and zero-width characters have none."""
        return [self[cluster] for cluster in clusters(text)]

    def width(self, text: str) -> float:
        """The plain width of a text, in em."""
        return sum(glyph.advance for glyph in self.glyphs(text))


def clusters(text: str) -> list[str]:
    """A text cut into what is drawn as one: character with selectors, combining marks and joined emoji."""
    if not text.isprintable():
        text = text.translate(_UNSEEN_OR_BLANK)
    return _CLUSTER.findall(text) if _COMPLEX.search(text) else list(text)


@cache
def stack(bold: bool = False) -> FontStack:
    """The stack of running text or of headings, kept with its glyphs for the life of the process."""
    return FontStack("BIZUDPGothic-Bold.ttf" if bold else "BIZUDPGothic-Regular.ttf", "KantoFallback-Regular.ttf")


def missing(text: str) -> tuple[str, ...]:
    """Clusters of a text that the paper cannot show as written, in order of appearance, each once."""
    shown = stack()
    return tuple(dict.fromkeys(glyph.text for line in text.split("\n") for glyph in shown.glyphs(line) if glyph.lost))
