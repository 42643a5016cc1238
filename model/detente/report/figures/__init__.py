"""Figures: each drawing is frozen data that can draw itself; :func:`to_svg` makes the bytes."""

from detente.report.figures.svg import to_files, to_svg

__all__ = ["to_files", "to_svg"]
