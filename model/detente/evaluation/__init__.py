"""How forecasts did: scores, replays over time, and constants learned from answers."""
