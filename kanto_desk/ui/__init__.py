"""The window: widgets, pages, dialogs. Knows services; no SQL, no PDF writer, no rule of the work."""
