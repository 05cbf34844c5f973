"""The structure of a tagged document (headings, paragraphs, tables, figures) and the metadata that goes with it.

Claims no conformance to PDF/A or PDF/UA: the structure follows them, but no validator has been passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import escape  # xml.sax would load the whole of urllib

from kanto_desk.paths import resources
from kanto_desk.report.pdf_objects import ObjectWriter, text
from kanto_desk.stopping import heed


@dataclass(slots=True, eq=False)
class Element:
    """A structure element. `kids` are elements and (page index, marked-content id); `attributes` are PDF entries."""

    tag: str
    attributes: str = ""
    kids: list[Element | tuple[int, int]] = field(default_factory=list)
    placed: bool = False


def figure(alternative: str, box: tuple[float, float, float, float]) -> Element:
    """A figure with its alternative text; `box` is (left, bottom, right, top) in points."""
    corners = " ".join(f"{value:.1f}" for value in box)
    return Element("Figure", f"/Alt{text(alternative)}/A<</O/Layout/Placement/Block/BBox[{corners}]>>")


def cell(heading: str, span: int = 1) -> Element:
    """A table cell; `heading` is "", "Row" or "Column"."""
    parts = (f"/Scope/{heading}" if heading else "") + (f"/ColSpan {span}" if span > 1 else "")
    return Element("TH" if heading else "TD", f"/A<</O/Table{parts}>>" if parts else "")


def write_structure(writer: ObjectWriter, root: Element, pages: list[int], marked: list[list[Element]]) -> int:
    """Write the tree; `pages` are the page objects, `marked[page][id]` the element of each marked content."""
    top = writer.reserve()
    numbers: dict[Element, int] = {}

    def write(element: Element, parent: int) -> int:
        heed()
        own = numbers[element] = writer.reserve()
        kids: list[str] = []
        for kid in element.kids:
            if isinstance(kid, Element):
                kids.append(f"{write(kid, own)} 0 R")
            else:
                kids.append(f"<</Type/MCR/Pg {pages[kid[0]]} 0 R/MCID {kid[1]}>>")
        writer.put(own, f"<</Type/StructElem/S/{element.tag}/P {parent} 0 R{element.attributes}/K[{' '.join(kids)}]>>")
        return own

    first = write(root, top)
    rows = [f"{index} {writer.add('[' + ' '.join(f'{numbers[element]} 0 R' for element in elements) + ']')} 0 R"
            for index, elements in enumerate(marked)]
    parents = writer.add(f"<</Nums[{' '.join(rows)}]>>")
    writer.put(top, f"<</Type/StructTreeRoot/K {first} 0 R/ParentTree {parents} 0 R/ParentTreeNextKey {len(marked)}>>")
    return top


@cache
def _colour_profile() -> bytes:
    return (resources() / "colour" / "srgb.icc").read_bytes()


def write_output_intent(writer: ObjectWriter) -> str:
    """The sRGB output intent, as an array object's text."""
    profile = writer.add_stream("/N 3/Alternate/DeviceRGB", _colour_profile())
    return (f"[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)"
            f"/DestOutputProfile {profile} 0 R>>]")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document says of itself. `dated` is its own date of issue, never the clock."""

    title: str
    author: str
    subject: str
    language: str
    dated: date


def write_information(writer: ObjectWriter, facts: Facts) -> int:
    """The information dictionary; returns its number."""
    moment = f"(D:{facts.dated:%Y%m%d}000000+09'00')"
    return writer.add(f"<</Title{text(facts.title)}/Author{text(facts.author)}/Subject{text(facts.subject)}"
                      f"/Producer(kanto-desk)/Creator(kanto-desk)/CreationDate{moment}/ModDate{moment}>>")


def write_metadata(writer: ObjectWriter, facts: Facts) -> int:
    """The XMP packet, saying the same as the information dictionary."""
    moment = f"{facts.dated.isoformat()}T00:00:00+09:00"
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><dc:format>application/pdf</dc:format>'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(facts.title)}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{escape(facts.author)}</rdf:li></rdf:Seq></dc:creator>"
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(facts.subject)}</rdf:li></rdf:Alt>'
        "</dc:description>"
        f"<dc:language><rdf:Bag><rdf:li>{facts.language}</rdf:li></rdf:Bag></dc:language>"
        f"<xmp:CreatorTool>kanto-desk</xmp:CreatorTool><xmp:CreateDate>{moment}</xmp:CreateDate>"
        f"<xmp:ModifyDate>{moment}</xmp:ModifyDate><xmp:MetadataDate>{moment}</xmp:MetadataDate>"
        "<pdf:Producer>kanto-desk</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
    return writer.add_stream("/Type/Metadata/Subtype/XML", packet.encode("utf-8", "replace"))
