"""Design tokens: colours, type sizes, spaces, radii and targets. Everything on screen takes its look from here.

Must not import Qt or know widgets; no other module of the window may hold a colour literal (a test greps for them).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Tokens = Mapping[str, str]
"""Colour name → "#RRGGBB"."""

LIGHT: Final[Tokens] = MappingProxyType({
    "canvas": "#F4F4F0", "surface": "#FFFFFF", "sunken": "#FAFAF7",
    "rail": "#16233F", "rail_on": "#2B3D69", "rail_text": "#C9D3EA", "rail_text_on": "#FFFFFF",
    "border": "#DEDED6", "field": "#7F7F78",
    "text": "#1A1A1A", "text2": "#4A4A47", "text3": "#63635E",
    "accent": "#23459F", "accent_h": "#1A3580", "accent_soft": "#E9EEFB", "accent_line": "#B9C8F0",
    "on_accent": "#FFFFFF",
    "ok": "#176B43", "ok_soft": "#E6F4EB",
    "warn": "#7F5200", "warn_soft": "#FFF3D1", "warn_line": "#E5C46A",
    "danger": "#B3140F", "danger_soft": "#FDEDEC", "danger_line": "#EFB4B0",
    "info": "#00626F", "info_soft": "#E2F3F5",
    "violet": "#6B3FA0", "violet_soft": "#F1EAFA", "neutral_soft": "#EDEDE8",
    "focus": "#0A66FF", "select": "#DCE5FB",
    "chart1": "#23459F", "chart2": "#7490D8", "chart3": "#3E9A74", "grid": "#E6E6DF",
    "paper": "#FFFFFF", "ink": "#16233F", "paper_line": "#9A9A94", "paper_found": "#E5C46A",
})
"""The light theme. paper, ink, paper_line and paper_found (a marker's colour) belong to a sheet of paper: the same in
every theme."""

DARK: Final[Tokens] = MappingProxyType({
    "canvas": "#14161A", "surface": "#1D2026", "sunken": "#191C21",
    "rail": "#0E1014", "rail_on": "#28344F", "rail_text": "#AEB6C6", "rail_text_on": "#FFFFFF",
    "border": "#343942", "field": "#7C8594",
    "text": "#EEEFF1", "text2": "#C4C8CF", "text3": "#A3A9B4",
    "accent": "#9DB7F9", "accent_h": "#BCCEFC", "accent_soft": "#242F4B", "accent_line": "#3D5185",
    "on_accent": "#0B1633",
    "ok": "#7FD3A4", "ok_soft": "#1B3327",
    "warn": "#F2C75C", "warn_soft": "#3A3017", "warn_line": "#6B5620",
    "danger": "#FF9C96", "danger_soft": "#401F1F", "danger_line": "#7A3734",
    "info": "#7FD2DD", "info_soft": "#173438",
    "violet": "#C9A9F2", "violet_soft": "#33264A", "neutral_soft": "#2A2E36",
    "focus": "#7FA8FF", "select": "#2B3A60",
    "chart1": "#9DB7F9", "chart2": "#5A73BA", "chart3": "#7FD3A4", "grid": "#2A2E36",
    "paper": "#FFFFFF", "ink": "#16233F", "paper_line": "#9A9A94", "paper_found": "#E5C46A",
})
"""The dark theme."""

TYPE: Final[Mapping[str, int]] = MappingProxyType({
    "mark": 13, "caption": 14, "body": 15, "entry": 16, "h3": 17, "h2": 20, "h1": 26, "number": 30,
})
"""Type sizes in px at 100 %. Only reading lines, 必須/任意 marks and key caps use "mark"."""

LINE_HEIGHT: Final = 1.5
"""Line height of every text that wraps, as a multiple of the type size."""

SPACE: Final[Mapping[str, int]] = MappingProxyType({"xs": 4, "s": 8, "m": 12, "l": 16, "xl": 24, "xxl": 32})
RADIUS: Final[Mapping[str, int]] = MappingProxyType({"field": 6, "card": 10, "hero": 14})
TARGET: Final[Mapping[str, int]] = MappingProxyType({"least": 24, "chip": 28, "field": 36, "client": 44})
"""Heights of what can be pressed, in px at 100 %; "client" in client view."""

FOUND: Final = ("text", "warn_line")
HERE: Final = ("on_accent", "accent")
"""Ink and ground of what a search in the page found, and of the hit it stands at."""

PAIRS: Final[tuple[tuple[str, str, float], ...]] = (
    ("text", "surface", 4.5), ("text", "canvas", 4.5), ("text2", "surface", 4.5), ("text3", "surface", 4.5),
    ("text3", "canvas", 4.5), ("text3", "sunken", 4.5), ("accent", "surface", 4.5), ("accent", "canvas", 4.5),
    ("accent", "accent_soft", 4.5), ("on_accent", "accent", 4.5), ("on_accent", "accent_h", 4.5),
    ("ok", "ok_soft", 4.5), ("ok", "surface", 4.5), ("warn", "warn_soft", 4.5), ("warn", "surface", 4.5),
    ("danger", "danger_soft", 4.5), ("danger", "surface", 4.5), ("info", "info_soft", 4.5),
    ("violet", "violet_soft", 4.5), ("text2", "neutral_soft", 4.5), ("text", "warn_line", 4.5), ("text", "select", 4.5),
    ("rail_text", "rail", 4.5), ("rail_text_on", "rail_on", 4.5), ("text3", "accent_soft", 4.5),
    ("text3", "select", 4.5), ("field", "surface", 3.0), ("field", "canvas", 3.0), ("focus", "surface", 3.0),
    ("focus", "canvas", 3.0), ("chart1", "surface", 3.0), ("chart2", "surface", 3.0), ("chart3", "surface", 3.0),
)
"""(foreground, background, contrast needed): WCAG 2.2 asks 4.5 of text and 3 of the parts of controls."""


def luminance(colour: str) -> float:
    """Relative luminance 0…1 of "#RRGGBB", as WCAG 2.2 defines it."""
    channels = (int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1…21 of two colours, as WCAG 2.2 defines it; the order does not matter."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
