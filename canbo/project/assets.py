"""Build what a browser needs besides our own CSS and HTML: letters, icons, htmx.

Everything comes from installed Python packages, nothing from the network:

* Inter (OFL-1.1, package `fontpkg-inter`), cut to Latin and to Vietnamese;
* Noto Sans Arabic (OFL-1.1, package `fontpkg-noto-sans-arabic`), cut to Arabic
  and Persian letters and digits;
* Lucide (ISC, package `lucide`): one sprite of the icons in pages/icons.py;
* htmx (0BSD, package `django-htmx`).

The output lies in canbo/pages/static/canbo/vendor (git-ignored) beside
VENDOR.json, which names package, version, licence and SHA-256 of every file.
The same input gives the same bytes; when nothing has changed the run takes a
few hundredths of a second: `python -m canbo.project.assets` (part of
`make setup`).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distribution, version
from pathlib import Path
from zipfile import ZipFile

from canbo.pages.icons import ICONS

VENDOR = Path(__file__).resolve().parents[1] / "pages" / "static" / "canbo" / "vendor"
RECORD = "VENDOR.json"

#: The same ranges stand in `@font-face … unicode-range` of canbo.css.
LATIN = "0000-00FF 0131 0152-0153 02BB-02BC 02C6 02DA 02DC 2000-206F 20AC 2122 2190-2193 2212 2215 FEFF FFFD"
VIETNAMESE = "0102-0103 0110-0111 0128-0129 0168-0169 01A0-01A1 01AF-01B0 0300-0301 0303-0304 0308-0309 0323 0329 1EA0-1EF9 20AB"
ARABIC = "0600-06FF 0750-077F 200B-200F 204F 2E41 FB50-FDFF FE70-FEFC"

WEIGHTS = (400, 700)


@dataclass(frozen=True)
class Cut:
    """One font file to be cut: from which package, on which axes, to which letters."""

    file: str
    package: str
    source: str
    axes: dict[str, float | tuple[float, float]]
    letters: str


CUTS = (
    Cut("inter-latin.woff2", "fontpkg_inter", "Inter[opsz,wght].ttf", {"wght": WEIGHTS}, LATIN),
    Cut("inter-vietnamese.woff2", "fontpkg_inter", "Inter[opsz,wght].ttf", {"wght": WEIGHTS}, VIETNAMESE),
    Cut(
        "noto-sans-arabic.woff2",
        "fontpkg_noto_sans_arabic",
        "NotoSansArabic[wdth,wght].ttf",
        {"wght": WEIGHTS, "wdth": 100.0},
        ARABIC,
    ),
)

#: package -> (what we call it, licence, the file of the package that holds the licence)
SOURCES = {
    "fontpkg-inter": ("Inter", "OFL-1.1"),
    "fontpkg-noto-sans-arabic": ("Noto Sans Arabic", "OFL-1.1"),
    "lucide": ("Lucide", "ISC"),
    "django-htmx": ("htmx", "0BSD"),
}


class AssetMissing(RuntimeError):
    """Raised when an installed package does not hold what we expect in it."""


def code_points(ranges: str) -> list[int]:
    """Read ranges such as "0000-00FF 0131" (hexadecimal) into a list of code points."""
    points: list[int] = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        points.extend(range(int(first, 16), int(last or first, 16) + 1))
    return points


def folder_of(package: str) -> Path:
    """Return the folder of an installed Python package."""
    return Path(str(import_module(package).__file__)).parent


def cut_font(cut: Cut) -> bytes:
    """Cut one variable font to its letters and axes; returns WOFF2 bytes."""
    from io import BytesIO

    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    path = folder_of(cut.package) / "files" / cut.source
    if not path.is_file():
        raise AssetMissing(f"{cut.package} holds no {cut.source}. Install the versions of requirements.lock.")
    font = TTFont(path, recalcTimestamp=False)
    options = Options(layout_features=["*"], drop_tables=["DSIG"], notdef_outline=True, recalc_timestamp=False)
    options.layout_features = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "init"]
    options.layout_features += ["medi", "fina", "isol", "rlig", "curs"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.hinting = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=code_points(cut.letters))
    subsetter.subset(font)
    font = instantiateVariableFont(font, cut.axes, inplace=True)
    font.flavor = "woff2"
    buffer = BytesIO()
    font.save(buffer, reorderTables=True)
    return buffer.getvalue()


def draw_sprite() -> bytes:
    """Collect the drawings of all listed icons into one SVG of symbols."""
    symbols = []
    with ZipFile(folder_of("lucide") / "lucide.zip") as archive:
        for name in sorted(ICONS):
            try:
                svg = archive.read(f"{name}.svg").decode()
            except KeyError:
                raise AssetMissing(
                    f"Lucide {version('lucide')} draws no icon {name!r}. Choose another in canbo/pages/icons.py."
                ) from None
            inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.S)
            inner = re.sub(r"\s+", " ", inner).replace("> <", "><").replace(" />", "/>").strip()
            symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n").encode()


def copy_htmx() -> bytes:
    """Take htmx 2 out of django-htmx: the htmx 4 beside it still calls itself a beta, and we use what both know."""
    path = folder_of("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    if not path.is_file():
        raise AssetMissing(f"django-htmx {version('django-htmx')} ships no htmx-2.min.js.")
    return path.read_bytes()


def licence_text(package: str) -> bytes:
    """Return the licence text that an installed package carries."""
    for file in distribution(package).files or ():
        if "licen" in file.name.lower():
            return Path(str(file.locate())).read_bytes()
    raise AssetMissing(f"The package {package} carries no licence text; it may not be handed on.")


def parts() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """Yield (file, package, how to make it) for all we build."""
    for cut in CUTS:
        yield cut.file, cut.package.replace("_", "-"), lambda cut=cut: cut_font(cut)  # type: ignore[misc]
    yield "icons.svg", "lucide", draw_sprite
    yield "htmx.min.js", "django-htmx", copy_htmx
    for package in SOURCES:
        yield f"{package}.LICENCE.txt", package, lambda package=package: licence_text(package)  # type: ignore[misc]


def recipe() -> str:
    """Hash all that the output depends on: this file, the icon list, the versions."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(" ".join(sorted(ICONS)).encode())
    for package in (*SOURCES, "fonttools", "brotli"):
        digest.update(f"{package}=={version(package)}".encode())
    return digest.hexdigest()


def is_fresh(folder: Path) -> bool:
    """Say whether `folder` already holds what this recipe makes, unharmed."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return record["recipe"] == recipe() and all(
            hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"] for file in record["files"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build(folder: Path = VENDOR) -> bool:
    """Make the vendored assets in `folder`; returns False when they were already there.

    Files are written beside the folder and swapped in at the end, so that a
    broken run leaves the old ones untouched.
    """
    if is_fresh(folder):
        return False
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files = []
    for name, package, make in parts():
        data = make()
        (fresh / name).write_bytes(data)
        title, licence = SOURCES[package]
        files.append(
            {
                "file": name,
                "what": title,
                "package": package,
                "version": version(package),
                "licence": licence,
                "sha256": hashlib.sha256(data).hexdigest(),
                "bytes": len(data),
            }
        )
    record = json.dumps({"recipe": recipe(), "files": files}, indent=1) + "\n"
    (fresh / RECORD).write_text(record, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return True


def main() -> int:
    """Build, and say in one line what happened."""
    try:
        made = build()
    except AssetMissing as fault:
        print(f"canbo assets: {fault}", file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in VENDOR.iterdir())
    print(f"canbo assets: {'built' if made else 'up to date'}, {size // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
