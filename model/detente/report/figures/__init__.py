"""Figures: a drawing is what returns it as matplotlib has it; :func:`to_svg` makes the bytes."""

from detente.report.figures.svg import to_files, to_svg

__all__ = ["to_files", "to_svg"]
