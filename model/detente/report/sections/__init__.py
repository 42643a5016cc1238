"""The sections: each module makes of a forecast what its template shows, or None where there is nothing."""
