"""Cut resources/fonts/KantoFallback-Regular.ttf and KantoKeys-Regular.ttf from their OFL sources.

The fallback holds only what BIZ UDPGothic lacks: levels 3 and 4 of JIS X 0213, everything else that Noto Sans JP has,
and standardised or ideographic variants. The keys face is BIZ UDGothic (fixed pitch) without kanji.

    python installer/cut_fallback_font.py NotoSansJP-Regular.ttf BIZUDGothic-Regular.ttf

Sources: npm @expo-google-fonts/noto-sans-jp and @expo-google-fonts/biz-udgothic (TrueType builds, SIL OFL 1.1).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uharfbuzz as hb

FONTS = Path(__file__).parent.parent / "resources" / "fonts"
DROPPED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "STAT", "vmtx", "vhea", "VORG", "DSIG", "meta")
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


def main(arguments: list[str]) -> int:
    """Read the two source files named and write both faces."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("noto", type=Path, help="NotoSansJP-Regular.ttf (glyf outlines)")
    parser.add_argument("fixed", type=Path, help="BIZUDGothic-Regular.ttf")
    paths = parser.parse_args(arguments)
    noto, fixed = open_face(paths.noto), open_face(paths.fixed)
    cut(noto, lacking(open_face(FONTS / "BIZUDPGothic-Regular.ttf"), noto), FONTS / "KantoFallback-Regular.ttf")
    cut(fixed, without_kanji(fixed), FONTS / "KantoKeys-Regular.ttf")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
