"""The public directory of all corporations: imported from the tax agency's files, searched offline, never synced.

Everything in it can be imported anew at any time, so it is neither backed up nor journalled as records are.
"""
