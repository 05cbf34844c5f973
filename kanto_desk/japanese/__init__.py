"""Japanese text and calendar, pure functions: folding, eras, kana, widths, postcodes, corporate numbers."""
