"""One screen each; see kanto_desk.ui.page."""
