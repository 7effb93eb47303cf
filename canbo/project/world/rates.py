"""How much the demo world does not know, and how often things happen in it. All shares are invented.

docs/guide/demo-world.md shows this table; tests/demo_world holds the world to it.
"""

from __future__ import annotations

# Shares of all persons of whom something is not known (never of persons on whom a published figure rests).
MISSING = {
    "birth known to the year only": 0.03,
    "birth known to the month only": 0.02,
    "birth unknown": 0.004,
    "native place unknown": 0.04,
    "ethnicity unknown": 0.03,
    "no degree on record": 0.02,
    "field of study unknown": 0.05,
    "political theory not on record": 0.15,
    "kin not stated, nor stated that there are none": 0.70,
    "rating of a year missing": 0.04,
}

# Shares of persons whose file is kept in depth.
HAPPENING = {
    "married to somebody in the register": 0.12,
    "sibling in the register": 0.05,
    "parent in the register": 0.04,
    "states that there are no kin in the service": 0.10,
    "sanctioned since 2016": 0.008,
    "states that there was no sanction": 0.94,
    "known to stand in no succession plan": 0.92,
    "rewarded": 0.25,
    "knows a foreign language": 0.40,
}
