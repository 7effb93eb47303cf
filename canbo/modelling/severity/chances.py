"""How many false alarms a list of questions may hold, and the one way in which chances become such a list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 0.05  # of the questions of a kind, the share that may be false alarms on average


def asked(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The false-alarm share of the list that ends with each (Benjamini and Hochberg): ask those at or below the rate.

    chances  how likely each finding, or a greater one, is where nothing is the matter
    """
    number = len(chances)
    order = np.argsort(chances)
    shares = chances[order] * number / np.arange(1, number + 1)
    kept = np.empty(number)
    kept[order] = np.minimum(1.0, np.minimum.accumulate(shares[::-1])[::-1])
    return kept
