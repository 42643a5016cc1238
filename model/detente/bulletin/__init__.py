"""Bulletins: news of one day, read, checked, taken in, and written back."""

from detente.bulletin.reading import read_bulletin, read_bulletin_file, read_bulletins
from detente.bulletin.schema import Bulletin, Retraction
from detente.bulletin.taking_in import take_in, take_in_all

__all__ = [
    "Bulletin",
    "Retraction",
    "read_bulletin",
    "read_bulletin_file",
    "read_bulletins",
    "take_in",
    "take_in_all",
]
