"""The page frame of every document: where blocks may stand, headers, footers with n ／ N, watermark.

Knows blocks only by their protocol, and no document's content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kanto_desk.report.blocks import GREY, MM, RULE, Block
from kanto_desk.report.canvas import Canvas
from kanto_desk.report.fonts import stack

LEFT = 20 * MM
_FIRST_TOP = 15 * MM   # from the upper edge
_LATER_TOP = 19 * MM
_BOTTOM = 18 * MM
_TAIL = 45.0   # two or three rows
_WATERMARK = (0.885, 0.895, 0.91)


@dataclass(frozen=True, slots=True)
class Running:
    """What stands on every page: `header` (left, right) on later pages, `footer` (name, number, right), a watermark."""

    header: tuple[str, str]
    footer: tuple[str, str, str]
    watermark: str = ""


class Frame:
    """Places blocks down the pages of one document; more documents may follow on the same canvas."""

    def __init__(self, canvas: Canvas, running: Running) -> None:
        self.canvas, self.running = canvas, running
        self.width = canvas.size[0] - 2 * LEFT
        self.pages: list[int] = []
        self.top = 0.0
        self._turn()

    def _turn(self) -> None:
        self.pages.append(self.canvas.add_page())
        self.top = self.canvas.size[1] - (_LATER_TOP if len(self.pages) > 1 else _FIRST_TOP)
        self._fresh = True
        if self.running.watermark:
            self._draw_watermark()

    def _draw_watermark(self) -> None:
        words = self.running.watermark
        em = stack(True).width(words)
        size = min(150.0, 380.0 / em)
        with self.canvas.artifact(page_furniture=True):
            width, height = self.canvas.size
            self.canvas.draw(f"q 0.819 0.574 -0.574 0.819 {width / 2:.2f} {height / 2:.2f} cm")
            self.canvas.text(words, 0, -size * 0.36, size=size, colour=_WATERMARK, bold=True, align="center")
            self.canvas.draw("Q")

    def place(self, blocks: Sequence[Block]) -> None:
        """Draw blocks one under the other, turning pages as needed; a heading never stands alone at a page's foot."""
        waiting = list(blocks)
        waiting.reverse()
        while waiting:
            block = waiting.pop()
            gap = 0.0 if self._fresh else block.before
            room = self.top - gap - _BOTTOM
            needed = block.height(self.width)
            if needed + self._company(block, waiting) <= room:
                fits = needed + self._closing(block, waiting) <= room
                parts = None if fits else _with_a_tail(block, self.width, needed)
                if parts is None:
                    self._put(block, gap, needed)
                else:   # the end would stand alone on the next page: the last lines go with it
                    self._put(parts[0], gap, parts[0].height(self.width))
                    waiting.append(parts[1])
                    self._turn()
                continue
            parts = block.split(self.width, room)
            if parts is not None:
                self._put(parts[0], gap, parts[0].height(self.width))
                waiting.append(parts[1])
                self._turn()
            elif self._fresh:      # taller than a page and not to be split: better over the edge than lost
                self._put(block, gap, needed)
            else:
                waiting.append(block)
                self._turn()

    def _company(self, block: Block, waiting: list[Block]) -> float:
        """What must still fit below a block: the beginning of what it keeps with, or the end where that is all."""
        total, left = 0.0, list(waiting)
        while left and block.keeps_next:
            follower = left.pop()
            total += block.after + follower.before + follower.least(self.width)
            block = follower
        whole = block.height(self.width)
        if left and left[-1].closes and not self._fresh and _with_a_tail(block, self.width, whole) is None:
            total += self._closing(block, left)   # it cannot be parted: it goes to the next page with the end
        return total

    def _closing(self, block: Block, waiting: list[Block]) -> float:
        """The height of the end of the document below this block, the last one before it; 0 elsewhere."""
        if not waiting or not waiting[-1].closes:
            return 0.0
        total = 0.0
        for follower in reversed(waiting):
            total += block.after + follower.before + follower.height(self.width)
            block = follower
        return total

    def _put(self, block: Block, gap: float, height: float) -> None:
        self.top -= gap
        block.draw(self.canvas, LEFT, self.top, self.width)
        self.top -= height + block.after
        self._fresh = False

    def finish(self) -> None:
        """Draw headers and footers now that the number of pages is known."""
        canvas, running, total = self.canvas, self.running, len(self.pages)
        right = LEFT + self.width
        for number, page in enumerate(self.pages, 1):
            canvas.return_to(page)
            with canvas.artifact(page_furniture=True):
                canvas.line(LEFT, 14 * MM, right, 14 * MM, thick=0.4, colour=RULE)
                canvas.text(_left_foot(*running.footer[:2]), LEFT, 10 * MM, size=7.5, colour=GREY)
                canvas.text(f"{number} ／ {total}", canvas.size[0] / 2, 10 * MM, size=7.5, colour=GREY, align="center")
                canvas.text(running.footer[2], right, 10 * MM, size=7.5, colour=GREY, align="right")
                if number > 1:
                    head = canvas.size[1] - 12.6 * MM
                    left = _shortened(running.header[0], self.width / 7.5 - stack().width(running.header[1]) - 2.0)
                    canvas.text(left, LEFT, head, size=7.5, colour=GREY)
                    canvas.text(running.header[1], right, head, size=7.5, colour=GREY, align="right")
                    below = head - 1.6 * MM
                    canvas.line(LEFT, below, right, below, thick=0.4, colour=RULE)
        canvas.close(self.pages)


def _with_a_tail(block: Block, width: float, height: float) -> tuple[Block, Block] | None:
    """A block parted so that only its last rows or lines are in the second part; None when it cannot be."""
    return block.split(width, height - _TAIL) or block.split(width, height - 1.0)


def _left_foot(name: str, number: str) -> str:
    """Name and number; the name gives way before the page number is reached."""
    return _shortened(name, 28.0 - stack().width(number)) + "　" + number


def _shortened(words: str, em: float) -> str:
    if stack().width(words) <= em:
        return words
    while words and stack().width(words + "…") > em:
        words = words[:-1]
    return words + "…"
