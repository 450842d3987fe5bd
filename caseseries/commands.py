"""What each command does: options in, exit status out; known errors are raised, and told by the command line."""

from __future__ import annotations

import argparse
import functools
import gc
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from caseseries.errors import UsageError, refuse_optimized
from caseseries.paths import CACHE, DERIVED, ROOT, SET, SYNTHETIC
from caseseries.plan import read_plan

ATTEMPTS = 3
"""How often a build is composed anew because somebody saved files while it began."""


def run_build(options) -> int:
    """Check the data, run the notebooks, publish."""
    from caseseries.asked import compose_request, tell_stale
    from caseseries.build.manifest import list_files
    from caseseries.build.progress import show_progress
    from caseseries.build.run import StateError, build_exhibits
    from caseseries.build.witness import witness_name

    refuse_optimized()
    start = time.monotonic()
    if options.jobs < 1:
        raise UsageError(f"--jobs must be 1 or more, not {options.jobs}.")
    say = functools.partial(print, file=sys.stderr)
    for attempt in range(ATTEMPTS):
        request = compose_request(options, choose_out(options), say=say)
        try:
            with show_progress(len(request.nodes)) as report:
                manifest = build_exhibits(replace(request, report=report), say=say)
            break
        except StateError:
            if attempt + 1 == ATTEMPTS:
                raise
    for exhibit in request.exhibits:
        entry = next(entry for entry in manifest["exhibits"] if entry["id"] == exhibit.id)
        if entry["lacks"]:
            print(f"{exhibit.label} ({exhibit.title}) is not in this data set: needs {', '.join(entry['lacks'])}.")
    if options.tiff:
        from caseseries.tiffs import add_tiffs

        manifest = add_tiffs(request.out, {exhibit.id for exhibit in request.exhibits}, say=say)
    n_notebooks = len({node.notebook for node in request.nodes})
    for line in tell_stale(manifest):
        print(line)
    made = f"{n_notebooks} notebooks in {len(request.nodes)} runs, {len(list_files(manifest))} files in {request.out}"
    print(f"{made} ({time.monotonic() - start:.0f} s), watched by: {witness_name()}.")
    return 0


def choose_out(options) -> Path:
    """Give the folder to write to: the project for the synthetic cohort, a folder of its own for other data.

    A build with settings writes to ``out/set`` of either, unless it is to be published.
    """
    data = options.data.resolve()
    usual = ROOT if data == SYNTHETIC else ROOT / "out" / data.name
    if options.out or not getattr(options, "settings", None) or getattr(options, "publish", True):
        return options.out or usual
    return ROOT / SET if usual == ROOT else usual / SET.name


def run_derive(options) -> int:
    """Write every derived table of a data set."""
    from caseseries.build.parameters import parse_setting
    from caseseries.derive import derive_tables
    from caseseries.design import Design
    from caseseries.exhibits.forms.made_csv import write_made_csv
    from caseseries.records import read_dataset

    design = Design(dict(map(parse_setting, options.settings)))
    dataset = read_dataset(options.data)
    # What is loaded stays: looking for garbage among it takes a fifth of the time.
    gc.freeze()
    out = choose_out(options) / DERIVED
    for name, frame in derive_tables(dataset, design=design).items():
        write_made_csv(frame, out / f"{name}.csv", about=dataset.about)
    print(f"The derived tables stand in {out}.")
    return 0


def run_list(options) -> int:
    """Show each exhibit with its notebook, its state and its files."""
    from caseseries.build.manifest import States, read_manifest

    states = States(read_manifest(options.out), out=options.out, data=options.data)
    for exhibit in read_plan().exhibits:
        state = states.describe(exhibit.id)
        print(f"{exhibit.label:9} {exhibit.id:18} {exhibit.notebook:10} {state}  {exhibit.title}")
        for name in (states.entry(exhibit.id) or {"files": ()})["files"]:
            print(f"{'':9} {name}")
    return 0


def run_why(options) -> int:
    """Say which inputs of an exhibit are others than when it was built."""
    from caseseries.build.manifest import States, read_manifest

    exhibit = read_plan().exhibit(options.exhibit)
    states = States(read_manifest(options.out), out=options.out, data=options.data)
    print(f"{exhibit.label} ({exhibit.id}): {states.describe(exhibit.id)}")
    entry = states.entry(exhibit.id)
    for name, old, new in states.explain(entry) if entry else ():
        print(f"  {name}\n    then {old}\n    now  {new}")
    return 0


def run_check(options) -> int:
    """Print every problem of a data folder."""
    import json

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


def run_whois(options) -> int:
    """Say of each file what it is; exit status 2 if one carries no record."""
    import json
    import logging

    from caseseries.whois import describe_identity, identify_file

    # What pypdf logs of a damaged file is said by the error.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    out, identities, status = choose_out(options), [], 0
    for name in options.files:
        try:
            identities.append(identify_file(Path(name), out=out, data=options.data))
        except UsageError as error:
            print(error, file=sys.stderr)
            status = 2
    if options.json:
        print(json.dumps([describe_identity(identity) for identity in identities], indent=1, ensure_ascii=False))
    elif identities:
        print("\n\n".join(identity.text() for identity in identities))
    return status


def run_verify(options) -> int:
    """Rebuild from scratch and compare with what is published; exit status 1 unless all is equal as printed."""
    import json

    from caseseries.verify.run import Check, verify_outputs

    if options.jobs < 1:
        raise UsageError(f"--jobs must be 1 or more, not {options.jobs}.")
    say = functools.partial(print, file=sys.stderr)
    against = options.against or choose_out(argparse.Namespace(data=options.data, out=None))
    check = Check(options.checker, options.check_time)
    verdict = verify_outputs(against, data=options.data, out=options.out, jobs=options.jobs, say=say, check=check)
    if options.json:
        print(json.dumps(verdict.record(), indent=1, ensure_ascii=False))
    else:
        print(f"{verdict.text()}\nThe certificate stands in {options.out}.")
    return 0 if verdict.passes else 1


def run_diff(options) -> int:
    """Compare two builds and find causes; exit status 1 if a file could not be compared."""
    import json

    from caseseries.verify.changes import find_changes
    from caseseries.verify.changes_report import describe_changes, write_changes

    if options.jobs < 1:
        raise UsageError(f"--jobs must be 1 or more, not {options.jobs}.")
    folders = (options.data_a, options.data_b)
    if (folders[0] is None) != (folders[1] is None):
        raise UsageError("--data-a and --data-b must be given together.")
    say = functools.partial(print, file=sys.stderr)
    data = None if None in folders else folders
    changes = find_changes(options.first, options.second, data=data, jobs=options.jobs, say=say)
    write_changes(changes, options.out)
    if options.json:
        print(json.dumps(changes.record(), indent=1, ensure_ascii=False))
    else:
        print(f"{describe_changes(changes)}\nThe page and the Word table stand in {options.out}.")
    return 0 if changes.is_complete else 1


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
    import subprocess

    spread = [] if any(argument.startswith("-n") for argument in arguments) else ["-n", "auto", "--dist", "worksteal"]
    # Every process of the tests would compile all of them anew, which takes longer than many of them run.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.call([sys.executable, "-m", "pytest", *spread, *arguments], cwd=ROOT, env=variables)


def run_lab(arguments: list[str]) -> int:
    """Become a JupyterLab that opens the start page; what it keeps for itself stands in ``.cache``."""
    kept = ROOT / CACHE / "lab"
    own = {
        "IPYTHONDIR": str(kept / "ipython"),
        "JUPYTER_CONFIG_DIR": str(kept / "config"),
        "JUPYTER_DATA_DIR": str(kept / "data"),
        "JUPYTER_RUNTIME_DIR": str(kept / "runtime"),
        "MPLCONFIGDIR": str(kept / "matplotlib"),
    }
    settings = {
        # Binder finds the settings of this folder by itself, for there the project is the user's home.
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(ROOT / ".jupyter"), *_listed("JUPYTER_CONFIG_PATH")]),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), *_listed("PATH")]),
    }
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}", *arguments]
    os.chdir(ROOT)
    if os.name == "nt":
        import subprocess

        return subprocess.call(command, env=own | os.environ | settings)
    # No process stays in between that could be stopped without the server.
    return os.execve(sys.executable, command, own | os.environ | settings)


def _listed(name: str) -> list[str]:
    return list(filter(None, [os.environ.get(name)]))
