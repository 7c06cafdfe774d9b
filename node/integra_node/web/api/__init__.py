"""Which calls may programs of the own organisation make? JSON with bearer tokens, no cookies."""
