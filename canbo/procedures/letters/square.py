"""The square code that leads from paper to the check of a document: as a drawing for the page, as pixels for text files."""

from __future__ import annotations

import struct
import zlib

import qrcode  # type: ignore[import-untyped]


def rows(text: str) -> list[list[bool]]:
    """The modules of the square, dark ones true, with the quiet zone of four that readers need."""
    # Readers take every mask; trying all eight for the evenest takes 30 ms, a fifth of what publishing a decision takes.
    square = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, mask_pattern=0)
    square.add_data(text)
    square.make(fit=True)
    return [[bool(dark) for dark in row] for row in square.get_matrix()]


def svg(text: str) -> str:
    """The square as one path."""
    modules = rows(text)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
    side = len(modules)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'


def png(text: str, *, pixels: int = 6) -> bytes:
    """The square in black and white, `pixels` a module."""
    modules = rows(text)
    lines = b"".join((b"\0" + bytes(0 if dark else 255 for dark in row for _ in range(pixels))) * pixels for row in modules)
    side = len(modules) * pixels
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
