"""kanto-desk (関東デスク): a desk for on-site consultations. This module holds the version and imports nothing."""

__version__ = "0.1.0"
