"""The command line: each command is one function; known errors end in one message and no traceback."""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from caseseries.errors import CaseSeriesError, UsageError, describe_unknown
from caseseries.paths import DERIVED, NOTEBOOKS, ROOT, SYNTHETIC
from caseseries.plan import read_plan


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistyped command or option with the nearest ones there are."""

    def error(self, message: str):
        """Say what is wrong in the words of the project; exit status 2."""
        raise UsageError(f"{message}\n{self.format_usage().strip()}")

    def parse_args(self, args=None, namespace=None):
        """Parse, and name the nearest option for one that is not known."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            parser = self.commands.choices.get(parsed.command, self)
            options = [
                option for action in parser._actions for option in action.option_strings if option.startswith("--")
            ]
            raise UsageError(describe_unknown("option", unknown[0].partition("=")[0], options))
        return parsed


def make_parser() -> Parser:
    """Describe every command and its options."""
    parser = Parser(
        prog="run_all.py",
        description="Rebuild every table, figure and supplement from raw follow-up data.",
        allow_abbrev=False,
    )
    commands = parser.commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def add(name, run, text):
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.set_defaults(run=run)
        return command

    build = add(
        "build",
        run_build,
        "Build all exhibits, or the named ones (id or number, such as swimmer or 'Figure 1').",
    )
    build.add_argument("exhibits", nargs="*", metavar="EXHIBIT")
    build.add_argument(
        "--data",
        type=Path,
        default=SYNTHETIC,
        metavar="FOLDER",
        help="raw tables (default: the synthetic cohort)",
    )
    build.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where to write (default: the project for the synthetic cohort, out/NAME for other data)",
    )
    build.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a notebook parameter or option",
    )
    build.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="notebooks at a time (default: cores)",
    )
    derive = add("derive", run_derive, "Derive every score, grade, time and state from raw tables, without a notebook.")
    derive.add_argument("--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables")
    derive.add_argument("--out", type=Path, metavar="FOLDER", help="where to write data/derived (default as for build)")
    derive.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="an option")
    listing = add("list", run_list, "List the exhibits: number, title, notebook, state and files.")
    listing.add_argument(
        "--out",
        type=Path,
        default=ROOT,
        metavar="FOLDER",
        help="output folder to look at (default: the project)",
    )
    check = add("check", run_check, "Check a data folder against the codebook and report every problem at once.")
    check.add_argument("folder", type=Path, metavar="FOLDER")
    check.add_argument("--json", action="store_true", help="print machine-readable records")
    simulate = add("simulate", run_simulate, "Draw a synthetic cohort; the same seed gives the same bytes.")
    simulate.add_argument("dest", type=Path, metavar="DEST")
    simulate.add_argument("--patients", type=int, default=8, metavar="N")
    simulate.add_argument("--seed", type=int, metavar="S", help="default: the seed of the embedded cohort")
    imports = add("import", run_import, "Import a foreign format to raw tables (sdtm: a folder of CDISC SDTM domains).")
    imports.add_argument("form", choices=["sdtm"], metavar="sdtm")
    imports.add_argument("source", type=Path, metavar="SOURCE")
    imports.add_argument("dest", type=Path, metavar="DEST")
    add("test", run_test, "Run the tests; everything behind the command goes to pytest.")
    add("lab", run_lab, "Open JupyterLab on the notebooks.")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give its exit status: 0 done, 1 failed, 2 not understood."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = make_parser()
    names = list(parser.commands.choices)
    try:
        if arguments[:1] == ["test"] and arguments[1:] not in (["-h"], ["--help"]):
            return run_test(arguments[1:])
        if arguments and not arguments[0].startswith("-"):
            check_command(arguments[0], names)
        options = parser.parse_args(arguments or ["build"])
        return options.run(options)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except CaseSeriesError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; what was published before stands as it was.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def check_command(name: str, names: list[str]) -> None:
    """Refuse a command that there is not."""
    if name not in names:
        raise UsageError(describe_unknown("command", name, names))


def run_build(options) -> int:
    """Check the data, run the notebooks, publish."""
    from caseseries.build.parameters import assign_settings, read_parameters
    from caseseries.build.progress import show_progress
    from caseseries.build.run import Request, build_exhibits
    from caseseries.design import OPTIONS, Design
    from caseseries.records import check_dataset
    from caseseries.records.describe import describe_dataset

    start = time.monotonic()
    if options.jobs < 1:
        raise UsageError(f"--jobs must be 1 or more, not {options.jobs}.")
    plan = read_plan()
    exhibits = tuple(map(plan.exhibit, options.exhibits)) or plan.exhibits
    defaults = {name: read_parameters(NOTEBOOKS / f"{name}.ipynb") for name in plan.notebooks}
    parameters = assign_settings(options.settings, defaults, list(OPTIONS))
    for values in parameters.values():
        Design(values.get("design"))
    check_dataset(options.data)
    data = options.data.resolve()
    out = choose_out(options)
    request = Request(
        plan=plan,
        exhibits=exhibits,
        data=data,
        out=out.resolve(),
        dataset=describe_dataset(data),
        parameters=parameters,
        jobs=options.jobs,
    )
    say = functools.partial(print, file=sys.stderr)
    with show_progress(len(request.notebooks)) as report:
        manifest = build_exhibits(replace(request, report=report), say=say)
    for exhibit in exhibits:
        entry = next(entry for entry in manifest["exhibits"] if entry["id"] == exhibit.id)
        if entry["lacks"]:
            print(f"{exhibit.label} ({exhibit.title}) is not in this data set: needs {', '.join(entry['lacks'])}.")
    n_files = sum(len(entry["files"]) for entry in manifest["exhibits"]) + len(manifest["derived"])
    print(f"{len(request.notebooks)} notebooks, {n_files} files in {out} ({time.monotonic() - start:.0f} s).")
    return 0


def choose_out(options) -> Path:
    """Give the folder to write to: the project for the synthetic cohort, a folder of its own for other data."""
    data = options.data.resolve()
    return options.out or (ROOT if data == SYNTHETIC else ROOT / "out" / data.name)


def run_derive(options) -> int:
    """Write every derived table of a data set."""
    from caseseries.build.parameters import parse_setting
    from caseseries.derive import derive_tables
    from caseseries.design import Design
    from caseseries.exhibits import write_made_csv
    from caseseries.records import read_dataset

    design = Design(dict(map(parse_setting, options.settings)))
    dataset = read_dataset(options.data)
    out = choose_out(options) / DERIVED
    for name, frame in derive_tables(dataset, design=design).items():
        write_made_csv(frame, out / f"{name}.csv", about=dataset.about)
    print(f"The derived tables stand in {out}.")
    return 0


def run_list(options) -> int:
    """Show each exhibit with its notebook, its state and its files."""
    from caseseries.build.manifest import describe_state, read_manifest

    manifest = read_manifest(options.out)
    for exhibit in read_plan().exhibits:
        entry = next((entry for entry in (manifest or {}).get("exhibits", ()) if entry["id"] == exhibit.id), None)
        state = describe_state(options.out, exhibit, entry)
        print(f"{exhibit.label:9} {exhibit.id:18} {exhibit.notebook:10} {state}  {exhibit.title}")
        for name in (entry or {}).get("files", ()):
            print(f"{'':9} {name}")
    return 0


def run_check(options) -> int:
    """Print every problem of a data folder."""
    from caseseries.records import list_problems

    problems = list_problems(options.folder)
    errors = [problem for problem in problems if problem.severity == "error"]
    if options.json:
        print(json.dumps([problem.record() for problem in problems], indent=1, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem.text())
        warnings = len(problems) - len(errors)
        verdict = f"{len(errors)} errors" if errors else "No error"
        print(f"{options.folder}: {verdict}" + (f", {warnings} warnings." if warnings else "."))
    return 1 if errors else 0


def run_simulate(options) -> int:
    """Write a synthetic cohort."""
    from caseseries import simulate

    if options.patients < 1:
        raise UsageError(f"--patients must be 1 or more, not {options.patients}.")
    seed = simulate.DEFAULT_SEED if options.seed is None else options.seed
    if seed < 0:
        raise UsageError(f"--seed must be 0 or more, not {seed}.")
    simulate.write_cohort(options.dest, n_patients=options.patients, seed=seed)
    print(f"{options.patients} synthetic patients stand in {options.dest} (seed {seed}).")
    return 0


def run_import(options) -> int:
    """Import a foreign data set and say what could not be mapped."""
    from caseseries.records.sdtm import import_sdtm

    print(import_sdtm(options.source, options.dest).text())
    return 0


def run_test(arguments: list[str]) -> int:
    """Run pytest in the project, all cores at work."""
    spread = [] if any(argument.startswith("-n") for argument in arguments) else ["-n", "auto", "--dist", "worksteal"]
    return subprocess.call([sys.executable, "-m", "pytest", *spread, *arguments], cwd=ROOT)


def run_lab(options) -> int:
    """Start JupyterLab in the folder of the notebooks."""
    return subprocess.call([sys.executable, "-m", "jupyterlab", f"--notebook-dir={NOTEBOOKS}"], cwd=NOTEBOOKS)
