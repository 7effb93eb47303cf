"""Programs in one file, for machines that have Python and no canbo: the modules of this room, one after the other."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = {
    "verify_canbo.py": ("verifier.py", "signatures.py", "packages.py"),
    "canbo_witness.py": ("verifier.py", "witness.py"),
}


def text(name: str) -> str:
    """The whole text of one of PROGRAMS, to be kept, read and run anywhere.

    Of each module everything stands in it as it is here, but for its docstring and the lines that name another
    module of canbo, which are all above it already; only the last one runs as a command.
    """
    modules = [HERE / module for module in PROGRAMS[name]]
    last = ast.get_docstring(ast.parse(modules[-1].read_text(encoding="utf-8")), clean=False)
    parts = [f'"""{last}"""\n\nfrom __future__ import annotations\n']
    parts += [f"# ==== {path.name} " + "=" * 90 + f"\n\n{body(path, last=path == modules[-1])}\n" for path in modules]
    return "\n".join(parts)


def body(path: Path, *, last: bool) -> str:
    """A module without its docstring, its imports from canbo, and, unless it is the last, its command."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if left_out(node, last=last):
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines).strip()


def left_out(node: ast.stmt, *, last: bool) -> bool:
    """Whether a statement has no place in a program of one file."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__" or (node.module or "").startswith("canbo.")
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) and not last
