"""The day from which a person draws a pension, for many at once: the dated table of Decree 135/2020, closed form.

The rulebook states the same in its articles; tests/world compares the two. Invented careers must end where the law
ends them, or the demo would be full of people who serve beyond their age.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def months_of_life(sex: NDArray[np.int8], birth: NDArray[np.int32]) -> NDArray[np.int32]:
    """Months from birth to the retirement age. `sex`: 1 = woman. Source: Decree 135/2020, appendix I."""
    month = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)  # months since 1970-01
    man, woman = month + 12 * 9, month + 12 * 4  # since 01/1961, since 01/1966
    men = 60 * 12 + np.clip(3 * (man // 9 + 1), 0, 24)
    women = 55 * 12 + np.clip(4 * (woman // 8 + 1), 0, 60)
    return np.where(sex == 1, women, men).astype(np.int32)


def day_of(sex: NDArray[np.int8], birth: NDArray[np.int32]) -> NDArray[np.int32]:
    """The first day of the pension: the first of the month after the one in which the age is reached."""
    month = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    pension = (month + months_of_life(sex, birth) + 1).astype("datetime64[M]")
    return pension.astype("datetime64[D]").astype(np.int64).astype(np.int32)
