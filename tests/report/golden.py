"""The golden pages: what the sheets look like. Regenerate after looking:  python -m tests.report.golden"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kanto_desk.report import figures_sheet, plain_sheet
from kanto_desk.report.consultation_sheet import render
from tests.report import figures_samples, plain_samples
from tests.report.reading import picture
from tests.report.samples import EMPTY, ENGLISH, FULL, PAIRED

FOLDER = Path(__file__).parent / "golden"
SCALE = 1.0


def pages() -> Iterator[tuple[str, Any]]:
    """Each page that is kept: its name and its picture."""
    for name, sheet, language, count in (("full", FULL, "ja", 3), ("english", ENGLISH, "en", 1), ("draft", EMPTY, "ja", 1),
                                         ("pairs", PAIRED, "ja", 1)):
        pdf = render(sheet, language="en" if language == "en" else "ja").pdf
        for page in range(count):
            yield f"{name}-{page + 1}.png", picture(pdf, page, SCALE)
    for name, figures, shown in (("figures", figures_samples.FULL, "ja"), ("figures-english", figures_samples.ENGLISH, "en")):
        pdf = figures_sheet.render(figures, language="en" if shown == "en" else "ja").pdf
        yield f"{name}-1.png", picture(pdf, 0, SCALE)
    for name, paper, shown in (("list", plain_samples.LIST, "ja"), ("company", plain_samples.RECORD, "ja"),
                               ("list-english", plain_samples.ENGLISH, "en")):
        pdf = plain_sheet.render(paper, language="en" if shown == "en" else "ja").pdf
        yield f"{name}-1.png", picture(pdf, 0, SCALE)



if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, image in pages():
        image.save(FOLDER / file, optimize=True)
        print(file)
