"""Fixtures for every test: the Qt platform must be chosen before PySide6 is imported anywhere."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
