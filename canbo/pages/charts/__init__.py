"""Geometry of the drawings: numbers in, places on paper out. No HTML, no Django.

Every drawing is inline SVG placed by attributes (no style attribute, no
script), so that it prints, goes through a strict content security policy and
can be mirrored. Bars, flows and careers are mirrored in right-to-left pages.
"""
