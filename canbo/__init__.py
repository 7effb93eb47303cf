"""canbo: who may do or hold what, on which day, by which article, provable afterwards."""

__version__ = "0.1.0"
