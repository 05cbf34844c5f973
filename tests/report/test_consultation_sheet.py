"""The consultation sheet as a real PDF, read back by other programs."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from kanto_desk.errors import Refused
from kanto_desk.i18n import Language, catalogue
from kanto_desk.report.consultation_sheet import (
    Confirmation,
    ConsultationSheet,
    Correction,
    Photo,
    Point,
    Promise,
    render,
    render_all,
)
from tests.report.reading import bare, by_pdfium, by_poppler, elements, opened, picture
from tests.report.samples import EMPTY, ENGLISH, FULL, photo

NOTE = "現場を確認したところ、5軸加工機3台を保有し、鏡面仕上げ（Ra 0.05μm）の技術は優位にある。「直接話がしたい」との要望が強く、ISO 13485の整備を並行して進める。"


def words_of(value: object) -> list[str]:
    """Every text of a sheet."""
    if isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]
    if isinstance(value, tuple):
        return [word for one in value for word in words_of(one)]
    if is_dataclass(value):
        return [word for one in fields(value) if one.name not in ("state", "method", "record_uid")
                for word in words_of(getattr(value, one.name))]
    return []


def assert_says(sheet: ConsultationSheet, text: str) -> None:
    """Every text of the sheet stands in `text`, except where a page's foot or head cuts it."""
    found = bare(text)
    for word in words_of(sheet):
        assert bare(word) in found, word


@pytest.mark.parametrize(("sheet", "language"), [(FULL, "ja"), (EMPTY, "ja"), (ENGLISH, "en")])
def test_text_comes_back_as_it_was_written(sheet: ConsultationSheet, language: str, tmp_path: Path) -> None:
    pdf = render(sheet, language="en" if language == "en" else "ja").pdf
    assert_says(sheet, by_poppler(pdf, tmp_path))
    assert_says(sheet, by_pdfium(pdf))


@pytest.mark.parametrize(("sheet", "language"), [(FULL, "ja"), (EMPTY, "ja"), (ENGLISH, "en")])
def test_file_is_sound(sheet: ConsultationSheet, language: str) -> None:
    with opened(render(sheet, language="en" if language == "en" else "ja").pdf) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.Root.Lang == ("en-GB" if language == "en" else "ja-JP")
        assert pdf.Root.MarkInfo.Marked and pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()[36:40] == b"acsp"
        with pdf.open_metadata() as xmp:
            assert sheet.reference in str(xmp["dc:title"])
            assert "pdfaid:part" not in xmp and "pdfuaid:part" not in xmp, "no claim without a validator"


@pytest.mark.parametrize(("number", "language", "shown"), [
    ("1234567890123", "ja", "1234567890123（要確認）"), ("1234567890123", "en", "1234567890123 (to be confirmed)"),
    ("8700110005901", "ja", "8700110005901"), ("8700110005901", "en", "8700110005901")])
def test_a_corporate_number_that_cannot_be_right_is_marked(number: str, language: Language, shown: str,
                                                           tmp_path: Path) -> None:
    sheet = replace(FULL, company=replace(FULL.company, corporate_number=number))
    text = bare(by_poppler(render(sheet, language=language).pdf, tmp_path))
    assert bare(shown) in text
    assert (shown != number) == (bare("要確認") in text or bare("to be confirmed") in text)


def test_same_sheet_same_bytes_also_in_another_process(tmp_path: Path) -> None:
    first = render(FULL).pdf
    render(ENGLISH, language="en")          # what was printed before must not matter
    assert render(FULL).pdf == first
    program = ("import sys, hashlib; from tests.report.samples import FULL; "
               "from kanto_desk.report.consultation_sheet import render; "
               "sys.stdout.write(hashlib.sha256(render(FULL).pdf).hexdigest())")
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    import hashlib
    assert other.stdout == hashlib.sha256(first).hexdigest()


def test_file_is_dated_by_the_sheet() -> None:
    with opened(render(FULL).pdf) as pdf:
        assert str(pdf.docinfo.CreationDate).startswith("D:20260417")
    assert render(replace(FULL, issued=date(2026, 4, 18))).pdf != render(FULL).pdf


def test_pages_are_numbered_and_named(tmp_path: Path) -> None:
    done = render(FULL)
    with opened(done.pdf) as pdf:
        assert len(pdf.pages) == done.pages >= 2
    text = by_poppler(done.pdf, tmp_path)
    pages = text.split("\f")
    for number in range(1, done.pages + 1):
        assert f"{number}／{done.pages}" in bare(pages[number - 1])
        assert FULL.reference in pages[number - 1]
    assert bare(f"相談記録票（{FULL.company.name}）") in bare(pages[1])


def test_long_texts_flow_over_ten_pages_without_loss(tmp_path: Path) -> None:
    long = "\n".join(f"{k}回目の記録。" + NOTE * 5 for k in range(30))
    sheet = replace(FULL, situation=long, advice=long,
                    points=tuple(Point(f"課題その{k}", f"助言その{k}。{NOTE}") for k in range(40)),
                    promises=tuple(Promise(f"約束その{k}", "担当", date(2026, 5, 1), "着手") for k in range(40)))
    done = render(sheet)
    assert done.pages >= 10
    pages = [bare(page) for page in by_poppler(done.pdf, tmp_path).split("\f")]
    text = "".join(pages)
    for k in range(40):
        assert f"課題その{k}助言その{k}。" in text and f"約束その{k}" in text
    heads = [page for page in pages if "番号課題助言の要旨" in page]
    assert len(heads) >= 2, "the heading row is repeated"
    with opened(done.pdf) as pdf:
        assert pdf.check_pdf_syntax() == []
        heading_cells = [one for one in elements(pdf, "TH") if one.get("/A", {}).get("/Scope") == "/Column"]
        assert len(heading_cells) == 3 + 5 + 3
        assert all(len(one.K) == 1 for one in heading_cells), "repeated headings are artifacts, not told twice"


def test_a_row_longer_than_a_page_is_cut_between_lines(tmp_path: Path) -> None:
    advice = "".join(f"第{k}文は{NOTE}" for k in range(60))
    done = render(replace(EMPTY, points=(Point("長い課題", advice), Point("次の課題", "短い助言"))))
    assert done.pages >= 3
    text = bare(by_poppler(done.pdf, tmp_path))
    for k in range(60):
        assert f"第{k}文は" in text


def test_no_heading_stands_alone_at_a_foot(tmp_path: Path) -> None:
    for lines in range(20, 44):
        sheet = replace(EMPTY, situation="\n".join(f"{k}行目" for k in range(lines)), direction="方針を定める。", result="継続")
        for page in by_poppler(render(sheet).pdf, tmp_path).split("\f"):
            body = [line for line in page.strip().splitlines() if line.strip() and "／" not in line and "kanto-desk" not in line]
            assert not body or not re.fullmatch(r"[１-９]\s*[^0-9]{2,12}", body[-1]), body[-1]


def test_empty_parts_take_no_room(tmp_path: Path) -> None:
    done = render(EMPTY)
    text = bare(by_poppler(done.pdf, tmp_path))
    assert done.pages == 1 and done.missing == ()
    for absent in ("現状・課題", "助言", "約束", "現場写真", "同意", "決裁", "電話", "None", "訂正"):
        assert absent not in text, absent
    assert "１相談企業" in text and "２ご確認" in text


def test_draft_carries_its_watermark_and_a_final_does_not(tmp_path: Path) -> None:
    assert "下書き" in bare(by_poppler(render(EMPTY).pdf, tmp_path))
    assert "下書き" not in bare(by_poppler(render(replace(EMPTY, state="final")).pdf, tmp_path))
    assert "DRAFT" in by_poppler(render(EMPTY, language="en").pdf, tmp_path)
    draft, final = (picture(render(one).pdf, 0, 0.5) for one in (EMPTY, replace(EMPTY, state="final")))
    middle = (130, 180, 280, 320)
    assert min(draft.crop(middle).tobytes()) < 240 and min(final.crop(middle).tobytes()) == 255


def test_correction_and_superseded_are_named(tmp_path: Path) -> None:
    sheet = replace(FULL, version=2, state="corrected", correction=Correction("相談時間の誤り", ("相談時間", "助言・対応内容")))
    text = bare(by_poppler(render(sheet).pdf, tmp_path))
    assert "訂正（第2版）理由：相談時間の誤り訂正した項目：相談時間、助言・対応内容" in text
    old = replace(FULL, superseded="令和8年4月20日の第2版に差し替えました。")
    text = bare(by_poppler(render(old).pdf, tmp_path))
    assert "令和8年4月20日の第2版に差し替えました。" in text and "旧版" in text


def test_structure_tells_headings_tables_and_figures() -> None:
    with opened(render(FULL).pdf) as pdf:
        assert len(elements(pdf, "H1")) == 1 and len(elements(pdf, "H2")) == 9
        for row in elements(pdf, "TR"):
            assert all(cell.S in ("/TH", "/TD") for cell in row.K)
        for head in elements(pdf, "TH"):
            assert head.A.Scope in ("/Row", "/Column")
        figures = elements(pdf, "Figure")
        assert len(figures) == 3 + 2 and all(str(one.Alt) for one in figures)
        nums = pdf.Root.StructTreeRoot.ParentTree.Nums
        for index, page in enumerate(pdf.pages):
            assert page.StructParents == index and page.Tabs == "/S"
            depth, marks, identifiers = 0, 0, []
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) in ("BMC", "BDC"):
                    depth += 1
                    if len(operands) == 2 and "/MCID" in operands[1]:
                        identifiers.append(int(operands[1].MCID))
                elif str(operator) == "EMC":
                    depth -= 1
                elif str(operator) in ("TJ", "f", "S", "B", "Do"):
                    marks += 1
                    assert depth == 1, "every mark belongs to an element or is an artifact"
            assert marks > 10 and identifiers == list(range(len(identifiers))) and len(nums[2 * index + 1]) == len(identifiers)


def test_photo_goes_in_unscaled_without_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "PLACE 35.9N 139.7E"
    image = photo("#8aa0bf", size=(640, 480), exif=exif)
    assert b"PLACE" in image
    pdf = render(replace(EMPTY, photos=(Photo(image, "検査"),))).pdf
    with opened(pdf) as read:
        (found,) = (one for one in read.pages[0].Resources.XObject.values())
        raw = found.read_raw_bytes()
        assert (found.Width, found.Height) == (640, 480) and b"PLACE" not in raw and b"Exif" not in raw
        assert Image.open(io.BytesIO(raw)).size == (640, 480)
        (figure,) = (one for one in elements(read, "Figure") if "検査" in str(one.Alt))
        left, bottom, right, top = (float(value) for value in figure.A.BBox)
        assert (top - bottom) / (right - left) == pytest.approx(640 / 480, rel=0.01), "shown upright as the camera said"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright_in_every_orientation(orientation: int) -> None:
    """A picture stored turned or mirrored is shown as Pillow shows it upright."""
    from PIL import ImageOps
    stored = Image.new("RGB", (80, 40), "white")
    stored.paste((255, 0, 0), (0, 0, 40, 20))
    stored.paste((0, 0, 160), (40, 20, 80, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=95, exif=exif)
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(out.getvalue()))).convert("L")
    pdf = render(replace(EMPTY, state="final", photos=(Photo(out.getvalue(), "向き"),))).pdf
    with opened(pdf) as read:
        (figure,) = (one for one in elements(read, "Figure") if "向き" in str(one.Alt))
        left, bottom, right, top = (float(value) for value in figure.A.BBox)
    page = picture(pdf, 0, 1.0)
    for fx, fy in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        seen = page.getpixel((int(left + (right - left) * fx), int(page.height - top + (top - bottom) * fy)))
        there = wanted.getpixel((int(wanted.width * fx), int(wanted.height * fy)))
        assert abs(seen - there) < 25, (orientation, fx, fy)


@pytest.mark.parametrize("image", [b"", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x10JFIF", photo("red")[:150]])
def test_a_photo_that_cannot_be_read_is_refused(image: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        render(replace(EMPTY, photos=(Photo(image),)))
    assert refusal.value.field == "photos"


def test_confirmation_by_pen_by_name_and_on_paper(tmp_path: Path) -> None:
    given = FULL.confirmation
    assert given is not None
    with opened(render(FULL).pdf) as pdf:
        assert any("渡邉 德久 の署名" in str(one.Alt) for one in elements(pdf, "Figure"))
    typed = replace(FULL, confirmation=replace(given, method="typed", strokes=()))
    text = bare(by_poppler(render(typed).pdf, tmp_path))
    assert "（お名前の入力による確認）" in text and text.count("渡邉德久") == 3
    paper = replace(FULL, confirmation=Confirmation("渡邉 德久", method="paper"))
    assert "（紙面への署名による確認）" in bare(by_poppler(render(paper).pdf, tmp_path))


def test_unprintable_characters_are_reported_wherever_they_stand() -> None:
    sheet = replace(FULL, subject="参入😀", points=(Point("葛\U000e01ef", "🌂"),))
    assert set(render(sheet).missing) == {"😀", "葛\U000e01ef", "🌂"}
    assert render(FULL).missing == ()


def test_qr_code_shows_record_and_version() -> None:
    """Every module of the printed code is that of a QR code of the record's id and version."""
    import segno
    pdf = render(replace(EMPTY, state="final", version=3)).pdf
    wanted = segno.make(f"kanto-desk:consultation:{EMPTY.record_uid}:3", error="m", boost_error=False, micro=False, mask=3).matrix
    with opened(pdf) as read:
        (figure,) = (one for one in elements(read, "Figure") if "QR" in str(one.Alt))
        left, _, right, top = (float(value) for value in figure.A.BBox)
    scale = 6.0
    page = picture(pdf, 0, scale)
    unit = (right - left) / len(wanted)
    for row, modules in enumerate(wanted):
        for column, dark in enumerate(modules):
            x, y = left + (column + 0.5) * unit, top - (row + 0.5) * unit
            seen = page.getpixel((int(x * scale), int(page.height - y * scale)))
            assert (seen < 128) == bool(dark), (row, column)


def test_several_sheets_in_one_file_keep_their_own_numbers(tmp_path: Path) -> None:
    done = render_all((EMPTY, FULL, replace(EMPTY, reference="SIT-R08-P03-00002")))
    pages = [bare(page) for page in by_poppler(done.pdf, tmp_path).split("\f")]
    assert done.pages == 2 + render(FULL).pages
    assert "1／1" in pages[0] and f"1／{done.pages - 2}" in pages[1] and "SIT-R08-P03-00002" in pages[done.pages - 1]
    with opened(done.pdf) as pdf:
        assert pdf.check_pdf_syntax() == [] and len(elements(pdf, "Sect")) == 3


def test_english_paper_has_no_japanese_label(tmp_path: Path) -> None:
    plain = replace(ENGLISH, state="draft", promises=(), company=replace(ENGLISH.company, postcode=""),
                    version=3, correction=Correction("Wrong time", ("Time",)))
    for state in ("draft", "corrected"):
        text = by_poppler(render(replace(plain, state=state), language="en").pdf, tmp_path)
        assert not re.findall(r"[\u3041-\u30ff\u4e00-\u9fff]", text)


def test_every_text_of_the_report_has_its_english() -> None:
    folder = Path(__file__).parents[2] / "kanto_desk" / "report"
    found = {text for file in folder.glob("*.py") for text in re.findall(r'\btr\("([^"]+)"', file.read_text("utf-8"))}
    assert len(found) > 50 and found <= set(catalogue())


def test_importing_the_report_loads_no_heavy_package() -> None:
    program = ("import sys, kanto_desk.report.consultation_sheet; "
               "print([m for m in ('reportlab', 'uharfbuzz', 'pikepdf', 'segno', 'budoux', 'PIL') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
