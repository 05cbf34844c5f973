"""What a part drawn by ourselves is, for screen readers: Qt calls every widget that it does not know a plain area.

A class of widgets says it with `accessible_role`; names and descriptions are set on the widget as everywhere.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QApplication, QWidget

_INSTALLED = "roles-installed"


def install(app: QApplication) -> None:
    """Let Qt ask for the roles of our own widgets. May be called again."""
    if not app.property(_INSTALLED):
        QAccessible.installFactory(_interface)
        app.setProperty(_INSTALLED, True)


def _interface(_class_name: str, asked: QObject) -> QAccessibleInterface | None:
    """What screen readers see of a widget with a role of its own; None leaves it to Qt."""
    role = getattr(type(asked), "accessible_role", None)
    return QAccessibleWidget(asked, role) if role is not None and isinstance(asked, QWidget) else None
