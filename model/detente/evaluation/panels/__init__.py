"""Panels: tables of real answered questions, read as sets that the model can be proved on."""
