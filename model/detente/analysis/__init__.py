"""What a forecast rests on and what would change it: sensitivity, indicators to watch, attribution of changes."""
