"""The one style sheet of the window, generated from the tokens. Holds no colour of its own.

Label styles are chosen by the property `role`, buttons by `look`, boxes by `box`; see the widgets of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kanto_desk.ui.tokens import FOUND, HERE, RADIUS, TARGET, TYPE, Tokens

FAMILIES: Final = ("BIZ UDPGothic", "Noto Sans JP", "Yu Gothic UI", "Noto Sans CJK JP")   # both first ones come along
FIXED_FAMILIES: Final = ("BIZ UDGothic", "Noto Sans JP", "Yu Gothic UI", "Noto Sans Mono CJK JP", "Noto Sans CJK JP")

Size = Callable[..., str]
"""(a size at 100 %, less = 0) → "npx" of the zoom in use, less so many pixels for edges that do not zoom."""


def stylesheet(tokens: Tokens, zoom: int) -> str:
    """The whole sheet for these tokens at `zoom` per cent."""
    def px(size: float, less: int = 0) -> str:
        return f"{round(size * zoom / 100) - less}px"

    parts = (_base, _labels, _boxes, _buttons, _fields, _views, _small_parts, _inner_rings)
    return "\n".join(part(tokens, px) for part in parts)


def _names(families: tuple[str, ...]) -> str:
    return ", ".join(f'"{family}"' for family in families)


def _base(t: Tokens, px: Size) -> str:
    return f"""
* {{ font-family: {_names(FAMILIES)}; font-size: {px(TYPE['body'])}; color: {t['text']}; outline: none; }}
QMainWindow, QDialog, QScrollArea, QStackedWidget, *[box="page"] {{ background: {t['canvas']}; border: none; }}
*[ring="true"] {{ border: 2px solid transparent; }}
*[ring="true"]:focus {{ border: 2px solid {t['focus']}; }}
QToolTip {{ background: {t['text']}; color: {t['surface']}; border: none; padding: {px(6)}; }}
"""


def _labels(t: Tokens, px: Size) -> str:
    roles = {
        "h1": f"font-size: {px(TYPE['h1'])}; font-weight: 700;",
        "h2": f"font-size: {px(TYPE['h2'])}; font-weight: 700;",
        "h3": f"font-size: {px(TYPE['h3'])}; font-weight: 700;",
        "number": f"font-size: {px(TYPE['number'])}; font-weight: 700;",
        "bold": "font-weight: 700;",
        "entry": f"font-size: {px(TYPE['entry'])};",
        "second": f"color: {t['text2']};",
        "caption": f"font-size: {px(TYPE['caption'])}; color: {t['text3']};",
        "time": f"font-family: {_names(FIXED_FAMILIES)}; font-size: {px(TYPE['caption'])}; color: {t['text3']};",
        "error": f"font-size: {px(TYPE['caption'])}; color: {t['danger']};",
        "warning": f"font-size: {px(TYPE['caption'])}; color: {t['warn']};",
        "key": f"font-family: {_names(FIXED_FAMILIES)}; font-size: {px(TYPE['mark'])}; color: {t['text2']};"
               f" background: {t['neutral_soft']}; border: 1px solid {t['border']}; border-radius: {px(4)};"
               f" padding: {px(1)} {px(5)};",
        "required": f"font-size: {px(TYPE['mark'])}; font-weight: 700; color: {t['danger']};"
                    f" background: {t['danger_soft']}; border-radius: {px(4)}; padding: {px(2)} {px(7)};",
        "optional": f"font-size: {px(TYPE['mark'])}; color: {t['text2']}; background: {t['neutral_soft']};"
                    f" border-radius: {px(4)}; padding: {px(2)} {px(7)};",
    }
    sheet = "".join(f'QLabel[role="{role}"] {{ {style} }}\n' for role, style in roles.items())
    tones = "".join(f'QLabel[tone="{tone}"] {{ color: {t[tone]}; }}\n'
                    for tone in ("text2", "text3", "accent", "ok", "warn", "danger", "info", "violet"))
    found = "".join(f'QLabel[found="{which}"] {{ color: {t[ink]}; background: {t[ground]}; }}\n'
                    for which, (ink, ground) in (("true", FOUND), ("here", HERE)))
    return "QLabel { background: transparent; }\n" + sheet + tones + found


def _boxes(t: Tokens, px: Size) -> str:
    field, card, hero = (px(RADIUS[name]) for name in ("field", "card", "hero"))
    boxes = {
        "card": f"background: {t['surface']}; border: 1px solid {t['border']}; border-radius: {card};",
        "hero": f"background: {t['surface']}; border: 1px solid {t['accent_line']}; border-radius: {hero};",
        "chosen": f"background: {t['surface']}; border: 2px solid {t['accent']}; border-radius: {card};",
        "soft": f"background: {t['sunken']}; border: 1px solid {t['border']}; border-radius: {field};",
        "accent": f"background: {t['accent_soft']}; border-radius: {field};",
        "ok": f"background: {t['ok_soft']}; border-radius: {field};",
        "warn": f"background: {t['warn_soft']}; border: 1px solid {t['warn_line']}; border-radius: {field};",
        "danger": f"background: {t['danger_soft']}; border: 1px solid {t['danger_line']}; border-radius: {field};",
        "floating": f"background: {t['surface']}; border: 1px solid {t['field']}; border-radius: {hero};",
        "palette": f"background: {t['surface']}; border: 2px solid {t['focus']}; border-radius: {hero};",
        "menu": f"background: {t['surface']}; border: 1px solid {t['field']}; border-radius: {field};",
        "side": f"background: {t['sunken']}; border: none; border-left: 1px solid {t['border']};",
        "quiet": f"background: {t['sunken']}; border: none;",
        "top": f"background: {t['surface']}; border: none; border-bottom: 1px solid {t['border']};",
        "foot": f"background: {t['surface']}; border: none; border-top: 1px solid {t['border']};",
        "banner": f"background: {t['warn_soft']}; border: none; border-bottom: 1px solid {t['warn_line']};",
        "alarm": f"background: {t['danger_soft']}; border: none; border-bottom: 1px solid {t['danger_line']};",
        "rail": f"background: {t['rail']}; border: none;",
        "hairline": f"background: {t['border']}; border: none;",
        "paper": f"background: {t['paper']}; border: 1px solid {t['border']};",
    }
    return "".join(f'*[box="{box}"] {{ {style} }}\n' for box, style in boxes.items())


def _buttons(t: Tokens, px: Size) -> str:
    field, chip, client = TARGET["field"], TARGET["chip"], TARGET["client"]
    round_ = (int(px(chip).removesuffix("px")) + 2) // 2   # half the height with its edges: from more, Qt draws none
    return f"""
QPushButton {{ background: {t['surface']}; border: 1px solid {t['field']}; border-radius: {px(RADIUS['field'])};
  padding: 0 {px(12)}; min-height: {px(field, 2)}; }}
QPushButton:hover {{ background: {t['accent_soft']}; border-color: {t['accent']}; }}
QPushButton:pressed {{ background: {t['select']}; }}
QPushButton:focus {{ border: 2px solid {t['focus']}; padding: 0 {px(11)}; min-height: {px(field, 4)}; }}
QPushButton:disabled {{ color: {t['text3']}; border-color: {t['border']}; background: {t['sunken']}; }}
QPushButton[look="primary"] {{ background: {t['accent']}; color: {t['on_accent']}; border: 1px solid {t['accent']};
  font-weight: 700; }}
QPushButton[look="primary"]:hover, QPushButton[look="primary"]:pressed {{ background: {t['accent_h']}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {t['focus']}; }}
QPushButton[look="primary"]:disabled {{ background: {t['neutral_soft']}; color: {t['text3']};
  border-color: {t['border']}; }}
QPushButton[look="ghost"] {{ background: transparent; border: 1px solid transparent; color: {t['accent']};
  padding: 0 {px(6)}; text-align: left; }}
QPushButton[look="ghost"]:hover {{ background: {t['accent_soft']}; }}
QPushButton[look="ghost"]:focus {{ border: 2px solid {t['focus']}; padding: 0 {px(5)}; }}
QPushButton[look="ghost"]:disabled {{ color: {t['text3']}; background: transparent; border-color: transparent; }}
QPushButton[look="chip"] {{ border: 1px solid {t['field']}; border-radius: {round_}px; padding: 0 {px(11)};
  min-height: {px(chip)}; font-size: {px(TYPE['caption'])}; color: {t['text2']}; }}
QPushButton[look="chip"]:focus {{ border: 2px solid {t['focus']}; padding: 0 {px(10)}; min-height: {px(chip, 2)}; }}
QPushButton[look="chip"]:checked {{ background: {t['accent_soft']}; border: 1px solid {t['accent']};
  color: {t['accent']}; font-weight: 700; }}
QPushButton[look="chip"]:checked:focus {{ border: 2px solid {t['focus']}; }}
QPushButton[look="icon"] {{ background: transparent; border: 1px solid transparent; padding: 0;
  min-width: {px(field, 2)}; }}
QPushButton[look="icon"]:hover {{ background: {t['accent_soft']}; }}
QPushButton[look="icon"]:focus {{ border: 2px solid {t['focus']}; padding: 0; min-width: {px(field, 4)}; }}
QPushButton[big="true"] {{ min-height: {px(client)}; font-size: {px(TYPE['h3'])}; }}
QPushButton[big="true"]:focus {{ min-height: {px(client, 2)}; }}
QToolButton[look="rail"] {{ background: transparent; border: none; border-radius: {px(RADIUS['card'])};
  color: {t['rail_text']}; font-size: {px(TYPE['caption'])}; padding: {px(6)} 0; }}
QToolButton[look="rail"]:hover {{ background: {t['rail_on']}; }}
QToolButton[look="rail"]:checked {{ background: {t['rail_on']}; color: {t['rail_text_on']}; font-weight: 700; }}
QToolButton[look="rail"]:focus {{ border: 2px solid {t['focus']}; }}
"""


def _fields(t: Tokens, px: Size) -> str:
    error = "".join(f'{kind}[error="true"] {{ border: 2px solid {t["danger"]}; padding: {px(5)} {px(9)}; }}\n'
                    f'{kind}[error="true"]:focus {{ border-color: {t["focus"]}; }}\n'
                    for kind in ("QLineEdit", "QTextEdit"))
    return f"""
QLineEdit, QTextEdit, QPlainTextEdit, QComboBox, QSpinBox {{ background: {t['surface']};
  border: 1px solid {t['field']}; border-radius: {px(RADIUS['field'])}; padding: {px(6)} {px(10)};
  selection-background-color: {t['accent']}; selection-color: {t['on_accent']}; }}
QLineEdit {{ min-height: {px(TARGET['field'] - 14)}; }}
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {t['focus']}; padding: {px(5)} {px(9)}; }}
QLineEdit:read-only, QTextEdit:read-only, QLineEdit:disabled, QTextEdit:disabled {{
  background: {t['sunken']}; border-color: {t['border']}; }}
QLineEdit:read-only:focus {{ border-color: {t['focus']}; }}
QLineEdit[found="true"] {{ background: {t['warn_soft']}; border-color: {t['warn']}; }}
QLineEdit[found="here"] {{ background: {t['warn_soft']}; border: 2px solid {t['accent']};
  padding: {px(5)} {px(9)}; }}
QLineEdit[found]:focus {{ border: 2px solid {t['focus']}; padding: {px(5)} {px(9)}; }}
QLineEdit[look="search"] {{ background: {t['sunken']}; }}
QLineEdit[look="bare"], QLineEdit[look="bare"]:focus {{ background: transparent; border: none; padding: 0;
  min-height: {px(TARGET['least'])}; font-size: {px(TYPE['h3'])}; }}
QTextEdit[role="entry"] {{ font-size: {px(TYPE['entry'])}; }}
QCheckBox, QRadioButton {{ spacing: {px(8)}; min-height: {px(TARGET['least'])}; }}
{error}"""


def _views(t: Tokens, px: Size) -> str:
    return f"""
QTabBar {{ background: transparent; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {t['text2']}; padding: {px(8)} {px(14)}; border: none;
  border-bottom: 3px solid transparent; }}
QTabBar::tab:selected {{ color: {t['accent']}; font-weight: 700; border-bottom: 3px solid {t['accent']}; }}
QTabBar::scroller {{ width: {px(2 * TARGET["chip"])}; }}
QTabBar::tab:focus {{ border: 2px solid {t['focus']}; padding: {px(8, 1)} {px(14, 2)} {px(8)}; }}
QTableView, QListView, QListWidget {{ background: {t['surface']}; border: none; gridline-color: {t['border']};
  selection-background-color: {t['select']}; selection-color: {t['text']}; }}
QListWidget[box="menu"]::item {{ padding: 0 {px(9)}; border: none; }}
QListWidget[box="menu"]:focus {{ border: 2px solid {t['focus']}; }}
QListWidget[box="menu"]::item:selected {{ background: {t['select']}; color: {t['text']}; }}
QHeaderView::section {{ background: {t['sunken']}; color: {t['text3']}; font-size: {px(TYPE['caption'])}; border: none;
  border-bottom: 1px solid {t['border']}; padding: {px(6)} {px(8)}; text-align: left; }}
QMenu {{ background: {t['surface']}; border: 1px solid {t['field']}; padding: {px(4)}; }}
QMenu::item {{ padding: {px(7)} {px(16)}; border-radius: {px(4)}; }}
QMenu::item:selected {{ background: {t['select']}; }}
QCalendarWidget QAbstractItemView {{ selection-background-color: {t['accent']};
  selection-color: {t['on_accent']}; }}
QCalendarWidget QToolButton {{ background: transparent; padding: {px(6)}; border: none; }}
QCalendarWidget #qt_calendar_navigationbar {{ background: {t['sunken']}; }}
"""


def _small_parts(t: Tokens, px: Size) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: {px(12)}; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: {px(12)}; margin: 2px; }}
QScrollBar::handle {{ background: {t['field']}; border-radius: {px(4)}; }}
QScrollBar::handle:vertical {{ min-height: {px(36)}; }}
QScrollBar::handle:horizontal {{ min-width: {px(36)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {t['neutral_soft']}; border: none; border-radius: {px(4)}; max-height: {px(8)}; }}
QProgressBar::chunk {{ background: {t['accent']}; border-radius: {px(4)}; }}
QSplitter::handle {{ background: {t['border']}; }}
"""


def _inner_rings(t: Tokens, px: Size) -> str:
    """High-contrast themes have one colour for what is chosen and what has the focus: there the ring lies inside.

    Their one ink is also that of buttons that cannot be pressed: a broken edge tells those apart.
    """
    if t["focus"] not in (t["accent"], t["rail_on"]):
        return ""
    return f"""
QPushButton[look="primary"]:focus {{ border: 3px double {t['on_accent']}; padding: 0 {px(10)};
  min-height: {px(TARGET['field'], 6)}; }}
QToolButton[look="rail"]:checked:focus {{ border: 3px double {t['rail_text_on']}; }}
QPushButton:disabled, QPushButton[look="primary"]:disabled {{ border: 1px dashed {t['field']}; }}
"""
