"""Figures: a drawing returns it as matplotlib has it, once it is called; :func:`to_svg` makes the bytes."""

from detente.report.figures.svg import to_files, to_svg

__all__ = ["to_files", "to_svg"]
