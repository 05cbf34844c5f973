"""Fonts inside a document: codes for the glyphs used, subsets, exact ToUnicode. One Type0 font a face, Identity-H."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from kanto_desk.report.fonts import Face, Glyph, face
from kanto_desk.report.pdf_objects import ObjectWriter, deflate

if TYPE_CHECKING:
    from collections.abc import Iterable

_DROPPED = ("GSUB", "GPOS", "GDEF", "BASE", "STAT", "vmtx", "vhea", "cmap", "name", "OS/2", "post", "gasp", "meta")
_CMAP_HEAD = ("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
              "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
              "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
              "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
_CMAP_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


@lru_cache(maxsize=8)
def _subset(file: str, gids: tuple[int, ...]) -> tuple[bytes, int, bytes]:
    """The deflated font program with only these glyphs, its plain length, and new glyph ids in the order of `gids`.

    Kept for the last few sets: a preview is drawn again and again with the same ones.
    """
    import uharfbuzz as hb  # loaded already by the face

    wanted = hb.SubsetInput()
    wanted.glyph_set.update(gids)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
    for tag in _DROPPED:
        wanted.drop_table_tag_set.add(int.from_bytes(tag.encode("ascii"), "big"))
    plan = hb.SubsetPlan(face(file).face, wanted)
    program = bytes(plan.execute().blob.data)
    new = plan.old_to_new_glyph_mapping
    order = b"".join(int(new[gid]).to_bytes(2, "big") for gid in gids)
    return deflate(program), len(program), order


class _FaceInUse:
    def __init__(self, used: Face, resource: str) -> None:
        self.face = used
        self.resource = resource
        self.glyphs: list[Glyph] = []


class DocumentFonts(dict[Glyph, tuple[str, str]]):
    """Glyph → (font resource, code in hexadecimal), given out in order of use. `lost` keeps what could not be shown."""

    def __init__(self) -> None:
        super().__init__()
        self._faces: dict[str, _FaceInUse] = {}
        self.lost: dict[str, None] = {}

    def __missing__(self, glyph: Glyph) -> tuple[str, str]:
        used = self._faces.get(glyph.face.file)
        if used is None:
            used = self._faces[glyph.face.file] = _FaceInUse(glyph.face, f"F{len(self._faces) + 1}")
        used.glyphs.append(glyph)
        if glyph.lost:
            self.lost[glyph.text] = None
        code = self[glyph] = (used.resource, f"{len(used.glyphs):04X}")
        return code

    def write(self, writer: ObjectWriter) -> str:
        """Write every face used; returns the entries of the pages' font resources."""
        return "".join(f"/{used.resource} {_write_face(writer, used)} 0 R" for used in self._faces.values())


def _write_face(writer: ObjectWriter, used: _FaceInUse) -> int:
    found = used.face
    gids = (0, *(glyph.gid for glyph in used.glyphs))
    packed, length, order = _subset(found.file, gids)
    program = writer.add_stream(f"/Length1 {length}/Filter/FlateDecode", packed, packed=True)
    base = f"{_tag(order)}+{found.file.removesuffix('.ttf')}"
    head = bytes(found.face.reference_table("head").data)
    box = " ".join(str(round(int.from_bytes(head[at:at + 2], "big", signed=True) * found.scale * 1000))
                   for at in range(36, 44, 2))
    descriptor = writer.add(
        f"<</Type/FontDescriptor/FontName/{base}/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {found.ascent * 1000:.0f}"
        f"/Descent {found.descent * 1000:.0f}/CapHeight {found.ascent * 1000:.0f}/StemV 80/FontFile2 {program} 0 R>>")
    widths = " ".join(f"{round(glyph.advance * 1000, 2):g}" for glyph in used.glyphs)
    order_stream = writer.add_stream("", order)
    cid_font = writer.add(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{base}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/DW 1000/W[1[{widths}]]/CIDToGIDMap {order_stream} 0 R>>")
    to_unicode = writer.add_stream("", _to_unicode(glyph.text for glyph in used.glyphs).encode("ascii"))
    return writer.add(f"<</Type/Font/Subtype/Type0/BaseFont/{base}/Encoding/Identity-H/DescendantFonts[{cid_font} 0 R]"
                      f"/ToUnicode {to_unicode} 0 R>>")


def _tag(order: bytes) -> str:
    """The six letters that name a subset."""
    value = zlib.crc32(order)
    return "".join(chr(65 + value // 26 ** place % 26) for place in range(6))


def _to_unicode(texts: Iterable[str]) -> str:
    entries = [f"<{code:04X}> <{text.encode('utf-16-be', 'replace').hex().upper()}>"
               for code, text in enumerate(texts, 1)]
    blocks = (entries[at:at + 100] for at in range(0, len(entries), 100))
    body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return _CMAP_HEAD + body + _CMAP_TAIL
