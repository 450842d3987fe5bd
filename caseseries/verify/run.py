"""The whole verification: rebuild, compare, write certificate, codecheck.yml and the list of differences."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from caseseries.build.fingerprint import hash_content
from caseseries.build.witness import witness_name
from caseseries.errors import UsageError
from caseseries.exhibits.forms.files import write_bytes
from caseseries.paths import ROOT
from caseseries.records.describe import open_about
from caseseries.verify.certificate import make_certificate
from caseseries.verify.codecheck import describe_check
from caseseries.verify.compare import compare_files
from caseseries.verify.environment import describe_environment
from caseseries.verify.outputs import Outputs, open_outputs
from caseseries.verify.rebuild import Order, describe_settings, make_order, rebuild
from caseseries.verify.verdict import Verdict

FILES = ("certificate.html", "codecheck.yml", "differences.csv", "verification.json")


@dataclass(frozen=True)
class Check:
    """Who checks and when, as far as they want it said; no clock is read."""

    checker: str = ""
    time: str = ""


def verify_outputs(
    against: Path, *, data: Path, out: Path, jobs: int, say: Callable[[str], None], check: Check | None = None
) -> Verdict:
    """Rebuild everything from scratch, compare it with what is published, and write what came out.

    An earlier certificate is taken away first, so that none stands there when the rebuild stops.

    Parameters
    ----------
    against
        A folder or a zip of published outputs.
    data
        The raw tables.
    out
        Where certificate.html, codecheck.yml, differences.csv and verification.json go.

    Raises
    ------
    UsageError
        If nothing is published there, or the folder of the certificate cannot be written.
    DataError, BuildError
        If it cannot be rebuilt.
    """
    clear_folder(out)
    published = open_outputs(against)
    order = make_order(published, data=data, jobs=jobs)
    with TemporaryDirectory(prefix="verify-") as folder:
        rebuild(order, Path(folder), say=say)
        say("Rebuilt; comparing.")
        verdict = judge(published, open_outputs(Path(folder)), order=order)
    write_verdict(verdict, out, check=check or Check())
    return verdict


def clear_folder(out: Path) -> None:
    """Take an earlier certificate away.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (out / name).unlink(missing_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Name another folder by --out.") from None


def judge(published: Outputs, rebuilt: Outputs, *, order: Order) -> Verdict:
    """Compare published and rebuilt outputs, and say what with."""
    about = open_about(order.data)
    n_all, n_made = len(order.plan.exhibits), len(order.exhibits or order.plan.exhibits)
    return Verdict(
        published=published.place,
        comparisons=tuple(compare_files(published, rebuilt, now=partial(hash_now, data=order.data))),
        dataset=about.title,
        is_synthetic=about.is_synthetic,
        order=tuple(exhibit.label for exhibit in order.plan.exhibits),
        settings=describe_settings(order.parameters),
        scope=f"{n_made} of {n_all} exhibits of the plan" if n_made < n_all else "",
        environment=describe_environment(),
        watched_by=witness_name(),
    )


def hash_now(name: str, *, data: Path) -> str:
    """Give the present hash of a file by the name under which a run read it; empty if it has none."""
    word, _, rest = name.partition("/")
    folder = {"data": data, "project": ROOT}.get(word)
    return hash_content(folder / rest) if folder and rest and not rest.endswith("/") else ""


def write_verdict(verdict: Verdict, out: Path, *, check: Check) -> list[Path]:
    """Write the certificate, codecheck.yml, and all differences as CSV and JSON."""
    summary = verdict.text(n_shown=0).replace("\n  ", " ")
    codecheck = describe_check(verdict.comparisons, summary=summary, checker=check.checker, check_time=check.time)
    contents = {
        "certificate.html": make_certificate(verdict),
        "codecheck.yml": codecheck.encode("utf-8"),
        "differences.csv": verdict.csv(),
        "verification.json": json.dumps(verdict.record(), indent=1, ensure_ascii=False).encode("utf-8"),
    }
    return [write_bytes(content, out / name) for name, content in contents.items()]
