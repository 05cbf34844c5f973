"""Cut resources/fonts/KantoFallback-Regular.ttf and KantoKeys-Regular.ttf from their OFL sources.

The fallback holds only what BIZ UDPGothic lacks: levels 3 and 4 of JIS X 0213, everything else that Noto Sans JP has,
and standardised or ideographic variants. The keys face is BIZ UDGothic (fixed pitch) without kanji.

    python installer/cut_fallback_font.py NotoSansJP-Regular.ttf BIZUDGothic-Regular.ttf

Ascent and descent of the fallback are those of BIZ UDPGothic: with its own, Qt draws a one-line field that holds one of
its characters 4 px too high and makes its line half as high again.

Sources: npm @expo-google-fonts/noto-sans-jp and @expo-google-fonts/biz-udgothic (TrueType builds, SIL OFL 1.1).
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

import uharfbuzz as hb

FONTS = Path(__file__).parent.parent / "resources" / "fonts"
DROPPED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "STAT", "vmtx", "vhea", "VORG", "DSIG", "meta")
METRICS = (("hhea", 4, "hhh"), ("OS/2", 68, "hhhHH"))
"""Where a font's ascent, descent and line gap stand: table, offset, numbers (in units of the em)."""
OBJECT_FLAGS = hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NAME_LEGACY


def open_face(path: Path) -> hb.Face:
    """The face in a font file."""
    return hb.Face(hb.Blob.from_file_path(str(path)))


def variants(face: hb.Face) -> set[tuple[int, int]]:
    """Every (character, variation selector) pair that a face's cmap knows."""
    return {(base, selector) for selector in face.variation_selectors for base in face.variation_unicodes(selector)}


def lacking(primary: hb.Face, source: hb.Face) -> set[int]:
    """Code points to keep: what only `source` has, and the parts of variants that only `source` has."""
    keep = set(source.unicodes) - set(primary.unicodes)
    primary_font, source_font = hb.Font(primary), hb.Font(source)
    for base, selector in variants(source):
        if primary_font.get_variation_glyph(base, selector) is not None:
            continue
        if source_font.get_variation_glyph(base, selector) == source_font.get_nominal_glyph(base) and base not in keep:
            continue    # the variant is the source's own default shape: not worth a second drawing of a common kanji
        keep |= {base, selector}
    return keep


def without_kanji(face: hb.Face) -> set[int]:
    """Latin, Greek, kana, punctuation, arrows and box lines of a face."""
    return {c for c in face.unicodes if c < 0x3400 or 0xFF00 <= c < 0xFFF0}


def cut(source: hb.Face, keep: set[int], target: Path) -> None:
    """Write the part of `source` that `keep` needs, unhinted, without layout tables; names stay as they are."""
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(keep)
    wanted.flags = OBJECT_FLAGS | hb.SubsetFlags.NO_HINTING
    for tag in DROPPED_TABLES:
        wanted.drop_table_tag_set.add(int.from_bytes(tag.encode("ascii"), "big"))
    target.write_bytes(bytes(hb.subset(source, wanted).blob.data))
    made = open_face(target)
    print(f"{target.name}: {target.stat().st_size:,} bytes, {made.glyph_count:,} glyphs, "
          f"{len(set(made.unicodes)):,} characters, {len(variants(made)):,} variants")


def take_metrics(target: Path, model: Path) -> None:
    """Give a font file the ascent, descent and line gap of another one, and right check sums."""
    data, other = bytearray(target.read_bytes()), model.read_bytes()
    mine, theirs = tables(data), tables(other)
    scale = units(data) / units(other)
    for tag, offset, form in METRICS:
        found = struct.unpack_from(">" + form, other, theirs[tag][0] + offset)
        struct.pack_into(">" + form, data, mine[tag][0] + offset, *(round(number * scale) for number in found))
    head = mine["head"][0]
    struct.pack_into(">L", data, head + 8, 0)
    for n in range(struct.unpack_from(">H", data, 4)[0]):
        start, length = struct.unpack_from(">LL", data, 12 + 16 * n + 8)
        struct.pack_into(">L", data, 12 + 16 * n + 4, check_sum(data[start:start + length]))
    struct.pack_into(">L", data, head + 8, (0xB1B0AFBA - check_sum(data)) & 0xFFFFFFFF)
    target.write_bytes(bytes(data))


def tables(data: bytes | bytearray) -> dict[str, tuple[int, int]]:
    """Offset and length of each table of a font file."""
    found = {}
    for n in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _sum, offset, length = struct.unpack_from(">4sLLL", data, 12 + 16 * n)
        found[tag.decode("ascii")] = (offset, length)
    return found


def units(data: bytes | bytearray) -> int:
    """How many units the em of a font file has."""
    return int(struct.unpack_from(">H", data, tables(data)["head"][0] + 18)[0])


def check_sum(data: bytes | bytearray) -> int:
    """The sum of a table as the format wants it."""
    whole = bytes(data) + bytes(-len(data) % 4)
    return int(sum(struct.unpack(f">{len(whole) // 4}L", whole))) & 0xFFFFFFFF


def main(arguments: list[str]) -> int:
    """Read the two source files named and write both faces."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("noto", type=Path, help="NotoSansJP-Regular.ttf (glyf outlines)")
    parser.add_argument("fixed", type=Path, help="BIZUDGothic-Regular.ttf")
    paths = parser.parse_args(arguments)
    noto, fixed = open_face(paths.noto), open_face(paths.fixed)
    cut(noto, lacking(open_face(FONTS / "BIZUDPGothic-Regular.ttf"), noto), FONTS / "KantoFallback-Regular.ttf")
    take_metrics(FONTS / "KantoFallback-Regular.ttf", FONTS / "BIZUDPGothic-Regular.ttf")
    cut(fixed, without_kanji(fixed), FONTS / "KantoKeys-Regular.ttf")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
