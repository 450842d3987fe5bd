"""Whether the tests see it when a rule is changed: the same mutants of derivations and estimators, before and after.

Run it from the project folder, in the environment of the project::

    python benchmarks/mutants.py                        # forty mutants, drawn by seed, against these tests
    python benchmarks/mutants.py --tests OTHER/tests    # the same mutants against the tests of another checkout

A mutant is one changed operator, number, truth value, word or condition of ``caseseries/derive/`` or
``caseseries/estimate/``. One after the other stands in a copy of the project, in which pytest runs the files of tests
that reach the changed module by their imports, the nearest first, until one fails. Files that build, start programs or
import the command line are left out, on every side: they would take minutes for each mutant. The first line names what
the mutants were drawn from, so that two runs can be known to have judged the same ones.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUBJECTS = ("derive", "estimate")
SEED = 20261201
N_MUTANTS = 40
LIMIT_S = 900
COPIED = ("caseseries", "data", "exhibits.toml", "notebooks", "pyproject.toml", "requirements.lock", "templates")
BUILDS = re.compile(r"^(?:from|import) (?:subprocess|playwright|distributed|caseseries\.(?:build|cli)\b)", re.MULTILINE)
OPERATORS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True, order=True)
class Mutant:
    """One change: the part of a line that is replaced, and by what."""

    module: str
    line: int
    column: int
    end_line: int
    end_column: int
    old: str
    new: str

    def apply(self, folder: Path) -> None:
        """Write the changed module into a copy of the project."""
        path = folder / self.module
        lines = path.read_bytes().splitlines(keepends=True)
        head, tail = lines[self.line - 1][: self.column], lines[self.end_line - 1][self.end_column :]
        lines[self.line - 1 : self.end_line] = [head + f"({self.new})".encode() + tail]
        path.write_bytes(b"".join(lines))

    def __str__(self) -> str:
        """Name the place and the change in one line."""
        return f"{self.module}:{self.line}  {' '.join(self.old.split())[:70]}  ->  {' '.join(self.new.split())[:70]}"


def list_modules(root: Path) -> list[str]:
    """List the modules that are mutated."""
    found = (path for name in SUBJECTS for path in (root / "caseseries" / name).rglob("*.py"))
    return sorted(path.relative_to(root).as_posix() for path in found)


def find_mutants(module: str, text: str) -> Iterator[Mutant]:
    """Find every change of a module that is tried; annotations, docstrings and texts of errors are left alone."""
    # Columns of ast count bytes.
    lines = text.encode().splitlines(keepends=True)
    for node in walk_code(ast.parse(text)):
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        for new in change(node):
            own = b"".join(lines[node.lineno - 1 : node.end_lineno])
            old = own[node.col_offset : len(own) - len(lines[node.end_lineno - 1]) + node.end_col_offset]
            yield Mutant(module, *place, old.decode(), ast.unparse(new))


def walk_code(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through what is computed."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "names"):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            # Parts of an f-string have no place of their own in older versions of Python.
            if not isinstance(child, ast.AST) or is_docstring or isinstance(child, (ast.Raise, ast.JoinedStr)):
                continue
            if isinstance(child, ast.expr):
                yield child
            yield from walk_code(child)


def change(node: ast.expr) -> Iterator[ast.expr]:
    """Give what may stand in the place of an expression."""
    match node:
        case ast.Compare(ops=[operator, *_]) if type(operator) in OPERATORS:
            yield ast.Compare(node.left, [OPERATORS[type(operator)](), *node.ops[1:]], node.comparators)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            yield ast.BinOp(node.left, OPERATORS[type(operator)](), node.right)
        case ast.BoolOp(op=operator):
            yield ast.BoolOp(OPERATORS[type(operator)](), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str(value)) if value:
            yield ast.Constant(f"{value}X")


@cache
def list_mutants(root: Path) -> list[Mutant]:
    """List every mutant, in an order that is always the same."""
    modules = {module: (root / module).read_text(encoding="utf-8") for module in list_modules(root)}
    return sorted({mutant for module, text in modules.items() for mutant in find_mutants(module, text)})


def draw(root: Path, n: int, seed: int) -> list[Mutant]:
    """Draw mutants by seed; the same for the same code."""
    return random.Random(seed).sample(list_mutants(root), n)


def hash_modules(root: Path) -> str:
    """Name the code that mutants are drawn from."""
    return hashlib.sha256(b"".join((root / module).read_bytes() for module in list_modules(root))).hexdigest()[:12]


class Imports:
    """Which file imports which, within the package and the tests."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.known: dict[Path, set[Path]] = {}

    def of(self, path: Path) -> set[Path]:
        """Give the files that a file imports; a package imports by its ``__init__``."""
        if path not in self.known:
            self.known[path] = set()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                else:
                    continue
                self.known[path] |= {found for name in names if (found := self.locate(name))}
        return self.known[path]

    def locate(self, name: str) -> Path | None:
        """Find the file of a module, if it is one of the project."""
        for base in (self.folder, self.folder / "tests"):
            place = base.joinpath(*name.split("."))
            for path in (place.with_suffix(".py"), place / "__init__.py"):
                if path.is_file():
                    return path
        return None

    def measure(self, start: Path) -> dict[Path, int]:
        """Give the number of steps from a file to each that it reaches."""
        steps, edge = {start: 0}, [start]
        while edge:
            following = [path for own in edge for path in self.of(own) if path not in steps]
            steps |= dict.fromkeys(following, steps[edge[0]] + 1)
            edge = list(dict.fromkeys(following))
        return steps


@cache
def imports_of(folder: Path) -> Imports:
    """Read the imports of a copy once."""
    return Imports(folder)


@cache
def find_tests(folder: Path, module: str) -> list[Path]:
    """Find the files of tests that reach a module and build nothing, the nearest first."""
    imports, found = imports_of(folder), []
    for path in sorted((folder / "tests").glob("test_*.py")):
        steps = imports.measure(path)
        own = [reached for reached in steps if reached.parent == folder / "tests"]
        builds = any(BUILDS.search(reached.read_text(encoding="utf-8")) for reached in own)
        if folder / module in steps and not builds:
            found.append((steps[folder / module], path))
    return [path for _, path in sorted(found)]


def copy_project(folder: Path, tests: Path) -> None:
    """Copy what the tests need, with the tests that were asked for."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy2(source, folder / name)
    shutil.copytree(tests, folder / "tests", ignore=ignore)


def judge(mutant: Mutant, folder: Path, files: list[Path]) -> tuple[str, str, float]:
    """Run tests on a mutant in a copy of the project; give what came of it, the test that saw it, and seconds."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *map(str, files)]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.monotonic(), (folder / mutant.module).read_bytes()
    mutant.apply(folder)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=variables | {"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "killed", f"no end within {LIMIT_S} s", LIMIT_S
    finally:
        (folder / mutant.module).write_bytes(before)
    seconds = time.monotonic() - start
    by = re.search(r"^(?:FAILED|ERROR) (.*)$", done.stdout, re.MULTILINE)
    if done.returncode == 0:
        return "NOT KILLED", f"{len(files)} files passed", seconds
    # Code that cannot even be loaded stops everything, with a message that names no test.
    return "killed", by.group(1)[:110] if by else done.stdout.strip().splitlines()[-1][:110], seconds


def main() -> None:
    """Print a line per mutant, then how many were killed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tests", type=Path, default=ROOT / "tests", help="folder of tests (default: those of here)")
    parser.add_argument("--number", type=int, default=N_MUTANTS, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--first", type=int, metavar="N", help="try only so many of those drawn")
    parser.add_argument("--nearest", type=int, metavar="N", help="run only so many files of tests for each")
    options = parser.parse_args()
    mutants = draw(ROOT, options.number, options.seed)
    print(f"{len(mutants)} mutants of code {hash_modules(ROOT)}, seed {options.seed}; tests of {options.tests}")
    n_killed, tried = 0, mutants[: options.first]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        copy_project(folder, options.tests.resolve())
        for number, mutant in enumerate(tried, start=1):
            files = find_tests(folder, mutant.module)[: options.nearest]
            verdict, by, seconds = judge(mutant, folder, files)
            n_killed += verdict == "killed"
            print(f"{number:3} {verdict:10} {seconds:4.0f} s  {mutant}\n    {by}", flush=True)
    print(f"{n_killed} of {len(tried)} killed")


if __name__ == "__main__":
    main()
