"""The report: a finished forecast as a web page, as Markdown, as figures and on the terminal."""

from detente.report.reading import find_run, read_dossier
from detente.report.render import Rendered, render
from detente.report.terminal import print_summary

__all__ = ["Rendered", "find_run", "print_summary", "read_dossier", "render"]
