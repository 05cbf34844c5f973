"""The printed sheet: warm, cold and in bulk, beside stock ReportLab setting the same words in the same run.

`run()` returns milliseconds, megabytes and ratios; run alone with  python -m bench.report
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from datetime import time as clock
from pathlib import Path

from kanto_desk.paths import resources
from kanto_desk.report.consultation_sheet import (
    Company,
    Confirmation,
    Consent,
    ConsultationSheet,
    Photo,
    Point,
    Promise,
    Supporter,
    Visitor,
    render,
)

ROUNDS = 12
_BULK_SHEETS = 150      # of two pages each
_SENTENCES = (
    "同社は{a}を主力とし、近年は{b}の量産にも参入している。",
    "売上の構成は{a}が{n}%、{b}が{m}%であり、需要の減少を見込んでいる。",
    "「{b}の担当者と直接話がしたい」との要望が強く、準備を並行して進める必要がある。",
    "現場を確認したところ、加工機{n}台、測定機{m}台を保有していた。",
    "一方、{a}の工程が一般用のみであり、管理値（TOC）を定めることが望ましい。",
    "ISO {n}{m}の文書体系を土台に、{b}との差分を優先して整備する。",
    "なお、{a}については外部委託を前提とすることで合意した。",
    "参考となる基準（JIS Q {n}{m}）を次回までに送ることとした。")
_THINGS = ("自動車向け切削部品", "航空機用アクチュエータ", "医療機器の鉗子先端部品", "食品加工の小型装置", "めっき処理",
           "樹脂成形",
           "半導体製造装置の架台", "伝統工芸の漆器", "観光案内の仕組み", "省エネルギーの設備")


def _text(chance: random.Random, sentences: int) -> str:
    return "".join(chance.choice(_SENTENCES).format(a=chance.choice(_THINGS), b=chance.choice(_THINGS),
                                                    n=chance.randint(2, 99), m=chance.randint(2, 99))
                   for _ in range(sentences))


def _photo(colour: str) -> bytes:
    from PIL import Image, ImageFilter

    image = Image.effect_noise((720, 540), 60).convert("RGB").filter(ImageFilter.GaussianBlur(3))
    image.paste(colour, (100, 100, 420, 380))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def photos() -> tuple[Photo, ...]:
    """Three photos as they are stored after scaling."""
    captions = {"#8aa0bf": "5軸加工機による先端部品の試作", "#b8ad9a": "洗浄工程（炭化水素系）",
                "#7fae96": "三次元測定機による検査"}
    return tuple(Photo(_photo(colour), caption) for colour, caption in captions.items())


def sheet(seed: int, pictures: tuple[Photo, ...]) -> ConsultationSheet:
    """A two-page sheet with its own words."""
    chance = random.Random(seed)
    day = date(2026, 4, 1 + seed % 28)
    return ConsultationSheet(
        reference=f"SIT-R08-P03-{seed:05}", version=1, record_uid=f"0196418e-7c1a-7b52-9d30-{seed:012x}", issued=day,
        agency="産業技術総合支援センター", held_on=day, state="final", programme="地域資源広域連携ブランディング事業",
        start=clock(10, 0), end=clock(11, 30), duration_minutes=90, form="巡回（訪問）", kind="継続", nth=seed % 9 + 1,
        place="本社工場", company=Company(
            name=f"株式会社{chance.choice(_THINGS)}{seed}", corporate_number="1234567890123",
            representative="代表取締役　髙橋",
            visitors=(Visitor("渡邉", "品質保証部 部長"),), address="埼玉県川口市本町４丁目", phone="048-000-0000",
            industry="E24 金属製品製造業", capital_thousand_yen=30_000, employees=seed % 300),
        primary_category="医療機器参入", subject=_text(chance, 1)[:30], summary=_text(chance, 4),
        situation=_text(chance, 5), advice=_text(chance, 3),
        points=tuple(Point(chance.choice(_THINGS), _text(chance, 1)) for _ in range(3)),
        promises=tuple(Promise(_text(chance, 1), "事務局", day, "着手") for _ in range(2)),
        responses=("助言",), result="継続", supporters=(Supporter("齋藤", "専門家"),),
        consents=(Consent("関係する支援機関への提供", True, day),), photos=pictures,
        approvals=("所長", "課長", "担当"), confirmation=Confirmation("渡邉", "部長", day, "typed"))


def stock(source: ConsultationSheet) -> bytes:
    """About the same two pages by ReportLab's own paragraphs and tables: no tags, no line rules, no second face."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Table

    if "Stock" not in pdfmetrics.getRegisteredFontNames():
        for name, file in (("Stock", "BIZUDPGothic-Regular.ttf"), ("StockBold", "BIZUDPGothic-Bold.ttf")):
            pdfmetrics.registerFont(TTFont(name, str(resources() / "fonts" / file)))
    body = ParagraphStyle("body", fontName="Stock", fontSize=9.5, leading=16.2, wordWrap="CJK")
    head = ParagraphStyle("head", fontName="StockBold", fontSize=11.5, leading=22, wordWrap="CJK")
    cell = ParagraphStyle("cell", fontName="Stock", fontSize=9, leading=14, wordWrap="CJK")
    rules = [("GRID", (0, 0), (-1, -1), 0.45, "#8a97a8")]

    def table(rows: list[list[str]], widths: list[float]) -> object:
        return Table([[Paragraph(words, cell) for words in row] for row in rows], colWidths=widths, style=rules)

    company = source.company
    story: list[object] = [
        Paragraph(source.agency, body), Paragraph("相談記録票", head),
        table([["受付番号", source.reference, "相談日", source.held_on.isoformat()],
               ["相談形態", source.form, "相談区分", source.kind], ["実施場所", source.place, "回数", str(source.nth)]],
              [62, 178, 62, 178]),
        Paragraph("相談企業", head),
        table([["事業所名", company.name, "法人番号", company.corporate_number],
               ["代表者", company.representative, "所在地", company.address],
               ["電話", company.phone, "業種", company.industry],
               ["資本金", str(company.capital_thousand_yen), "従業員数", str(company.employees)]], [62, 178, 62, 178])]
    for title, words in (("相談内容", source.summary), ("現状・課題", source.situation), ("助言", source.advice)):
        story += [Paragraph(title, head), Paragraph(words, body)]
    story.append(table([["番号", "課題", "助言の要旨"], *([str(n), one.issue, one.advice]
                                                  for n, one in enumerate(source.points))], [34, 147, 299]))
    story.append(table([["番号", "約束", "担当", "期限"], *([str(n), one.what, one.who, str(one.by)]
                                                 for n, one in enumerate(source.promises))], [34, 230, 108, 108]))
    story.append(Table([[Image(io.BytesIO(one.image), 150, 112) for one in source.photos]]))
    story += [Paragraph(words, body) for words in ("ご確認", "上記の内容を確認しました。", company.name)]
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, leftMargin=57, rightMargin=57, topMargin=48, bottomMargin=51).build(story)
    return out.getvalue()


def _best(work: Callable[[int], object]) -> float:
    """Milliseconds of the fastest of some rounds, each with other words."""
    times = []
    for seed in range(ROUNDS):
        start = time.perf_counter()
        work(seed)
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def _process(program: str) -> tuple[float, str]:
    """Milliseconds of a new process, the fastest of five, and what it printed."""
    times, said = [], ""
    for _ in range(5):
        start = time.perf_counter()
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parent.parent).stdout
        times.append(time.perf_counter() - start)
    return min(times) * 1000, said


_COLD = """
import pickle, sys
source = pickle.load(open({file!r}, "rb"))
{work}
"""
_PEAK = """
import sys, time
from bench.report import sheet
from kanto_desk.report.consultation_sheet import render_all
pictures = __import__("pickle").load(open({file!r}, "rb")).photos
start = time.perf_counter()
done = render_all([sheet(seed, pictures) for seed in range({count})])
spent = time.perf_counter() - start
try:   # ru_maxrss would begin with the size of the process that began this one
    status = open("/proc/self/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
except OSError:
    peak = float("nan")
print(spent, peak, done.pages, len(done.pdf) / 1e6)
"""


def run() -> dict[str, float]:
    """Measure everything; times in ms (bulk in s), memory in MB, file sizes in KB or MB."""
    import pickle
    import tempfile

    pictures = photos()
    done = render(sheet(0, pictures))
    figures = {"report_pages": float(done.pages), "report_kb": len(done.pdf) / 1000,
               "report_warm_ms": _best(lambda seed: render(sheet(seed + 1, pictures))),
               "report_stock_warm_ms": _best(lambda seed: stock(sheet(seed + 1, pictures)))}
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "sheet.pickle")
        Path(file).write_bytes(pickle.dumps(sheet(1, pictures)))
        own = "from kanto_desk.report.consultation_sheet import render; render(source)"
        other = "from bench.report import stock; stock(source)"
        figures["report_cold_ms"], _ = _process(_COLD.format(file=file, work=own))
        figures["report_stock_cold_ms"], _ = _process(_COLD.format(file=file, work=other))
        figures["python_start_ms"], _ = _process("pass")
        start = time.perf_counter()
        bulk = subprocess.run([sys.executable, "-c", _PEAK.format(file=file, count=_BULK_SHEETS)], capture_output=True,
                              text=True, check=True, cwd=Path(__file__).parent.parent).stdout.split()
        figures["bulk_process_s"] = time.perf_counter() - start
    figures |= {"bulk_s": float(bulk[0]), "bulk_peak_mb": float(bulk[1]), "bulk_pages": float(bulk[2]),
                "bulk_file_mb": float(bulk[3])}
    figures["report_warm_ratio"] = figures["report_warm_ms"] / figures["report_stock_warm_ms"]
    figures["report_cold_ratio"] = figures["report_cold_ms"] / figures["report_stock_cold_ms"]
    return figures


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:24} {value:10.2f}")
