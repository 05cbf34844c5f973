"""企業: the list with its preview, import and new company, and the profile."""
