"""Numbers in, numbers out: what is found by calculation. Knows ids and arrays; no law, no database, no web."""
