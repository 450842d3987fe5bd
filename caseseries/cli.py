"""The command line: words to options to a command; known errors end in one message and no traceback."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from caseseries.commands import (
    run_build,
    run_check,
    run_derive,
    run_diff,
    run_import,
    run_lab,
    run_list,
    run_simulate,
    run_test,
    run_verify,
    run_whois,
    run_why,
)
from caseseries.errors import CaseSeriesError, UsageError, describe_unknown
from caseseries.paths import ROOT, SYNTHETIC


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
        "build", run_build, "Build all exhibits, or the named ones (id or number, such as swimmer or 'Figure 1')."
    )
    build.add_argument("exhibits", nargs="*", metavar="EXHIBIT")
    build.add_argument(
        "--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables (default: the synthetic cohort)"
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
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="notebooks at a time (default: cores)"
    )
    build.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="run the notebooks on a Dask cluster that sees the same folders, such as tcp://host:8786",
    )
    build.add_argument(
        "--publish", action="store_true", help="with --set: write to where the build without settings is published"
    )
    build.add_argument("--yes", action="store_true", help="with --publish: replace and remove files without asking")
    build.add_argument("--tiff", action="store_true", help="figures as TIFF too (RGB, LZW, 450 dpi)")
    derive = add("derive", run_derive, "Derive every score, grade, time and state from raw tables, without a notebook.")
    derive.add_argument("--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables")
    derive.add_argument("--out", type=Path, metavar="FOLDER", help="where to write data/derived (default as for build)")
    derive.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="an option")
    listing = add("list", run_list, "List the exhibits: number, title, notebook, state and files.")
    listing.add_argument(
        "--out", type=Path, default=ROOT, metavar="FOLDER", help="output folder to look at (default: the project)"
    )
    listing.add_argument("--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables it was built from")
    why = add("why", run_why, "Say which inputs of an exhibit have changed since it was built, with their hashes.")
    why.add_argument("exhibit", metavar="EXHIBIT")
    why.add_argument("--out", type=Path, default=ROOT, metavar="FOLDER", help="output folder (default: the project)")
    why.add_argument("--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables it was built from")
    check = add("check", run_check, "Check a data folder against the codebook and report every problem at once.")
    check.add_argument("folder", type=Path, metavar="FOLDER")
    check.add_argument("--json", action="store_true", help="print machine-readable records")
    whois = add("whois", run_whois, "Tell from a file which exhibit it is, what made it, and whether it is current.")
    whois.add_argument("files", nargs="+", metavar="FILE", help="PNG, PDF, SVG, TIFF, XLSX, DOCX or HTML, any name")
    whois.add_argument("--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables to compare with")
    whois.add_argument("--out", type=Path, metavar="FOLDER", help="build to compare with (default as for build)")
    whois.add_argument("--json", action="store_true", help="print machine-readable records")
    verify = add(
        "verify",
        run_verify,
        "Rebuild everything from scratch and grade every number and figure against what is published.",
    )
    verify.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER_OR_ZIP",
        help="published outputs (default: the project's own, or out/NAME for other data)",
    )
    verify.add_argument("--data", type=Path, default=SYNTHETIC, metavar="FOLDER", help="raw tables to rebuild from")
    verify.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="notebooks at a time")
    verify.add_argument("--json", action="store_true", help="print machine-readable records")
    verify.add_argument(
        "--out",
        type=Path,
        default=ROOT / "out" / "verification",
        metavar="FOLDER",
        help="where certificate, codecheck.yml and the list of differences go (default: out/verification)",
    )
    verify.add_argument(
        "--checker", default="", metavar="NAME", help="who checks, for codecheck.yml; an ORCID may follow"
    )
    verify.add_argument(
        "--check-time", default="", metavar="TIME", help="when, for codecheck.yml and the start page (there: today)"
    )
    diff = add("diff", run_diff, "Say what changed between two builds, number by number, and why.")
    for name in ("first", "second"):
        diff.add_argument(name, type=Path, metavar=name.upper(), help="output folder, zip of one, or MANIFEST.json")
    diff.add_argument("--data-a", type=Path, metavar="FOLDER", help="raw tables of FIRST: name rows, replay causes")
    diff.add_argument("--data-b", type=Path, metavar="FOLDER", help="raw tables of SECOND")
    diff.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="notebooks at a time in replay"
    )
    diff.add_argument("--json", action="store_true", help="print machine-readable records")
    diff.add_argument(
        "--out",
        type=Path,
        default=ROOT / "out" / "changes",
        metavar="FOLDER",
        help="where the page, the Word table and the list go (default: out/changes)",
    )
    simulate = add("simulate", run_simulate, "Draw a synthetic cohort; the same seed gives the same bytes.")
    simulate.add_argument("dest", type=Path, metavar="DEST")
    simulate.add_argument("--patients", type=int, default=8, metavar="N")
    simulate.add_argument("--seed", type=int, metavar="S", help="default: the seed of the embedded cohort")
    imports = add("import", run_import, "Import a foreign format to raw tables (sdtm: a folder of CDISC SDTM domains).")
    imports.add_argument("form", choices=["sdtm"], metavar="sdtm")
    imports.add_argument("source", type=Path, metavar="SOURCE")
    imports.add_argument("dest", type=Path, metavar="DEST")
    add("test", run_test, "Run the tests; everything behind the command goes to pytest.")
    add("lab", run_lab, "Open JupyterLab on the start page; everything behind the command goes to JupyterLab.")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give its exit status: 0 done, 1 failed, 2 not understood."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = make_parser()
    names = list(parser.commands.choices)
    try:
        if arguments[:1] in (["test"], ["lab"]) and arguments[1:] not in (["-h"], ["--help"]):
            return {"test": run_test, "lab": run_lab}[arguments[0]](arguments[1:])
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
