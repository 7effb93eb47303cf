"""Who goes where: the placement of greatest worth under what must hold, proved, explained, and fair to look at."""
