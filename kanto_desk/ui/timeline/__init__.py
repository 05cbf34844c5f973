"""The timeline of a consultation: one painted row per line, quick at thousands of lines. Knows no database."""

from kanto_desk.ui.timeline.model import Line, Photo, Promise, TimelineModel
from kanto_desk.ui.timeline.view import Timeline

__all__ = ["Line", "Photo", "Promise", "Timeline", "TimelineModel"]
