"""Cases and forecasts in the formats of others, and judgements from theirs."""
