"""The report: a finished forecast as a web page, as Markdown, as figures and on the terminal.

Each part is imported from its own module, so that a command that writes no page does not load what makes one.
"""
