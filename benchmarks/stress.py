"""Starts many kernels, eight at once, through the very way a build takes, and counts those that fail."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from caseseries.build.drive import Run, environment, execute_run, kernel_environment
from caseseries.build.parent import warm_up


def start_kernels(folder: Path, *, starts: int, at_once: int) -> dict:
    """Start kernels that each compute one product.

    Returns
    -------
    dict
        ``starts``, ``at_once``, ``failures`` (no kernel, or another answer than the right one), ``wall_s``, ``causes``.
    """
    settings = folder / "settings"
    (settings / "tmp").mkdir(parents=True)
    variables = kernel_environment(settings)
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("number = 0", metadata={"tags": ["parameters"]}, id="parameters"),
            nbformat.v4.new_code_cell("print(number * 7)", id="work"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    source = folder / "product.ipynb"
    nbformat.write(notebook, source)

    def start(number: int) -> str:
        work = folder / f"run{number}"
        work.mkdir()
        run = Run(
            name=source.stem,
            label="",
            notebook=source,
            executed=work / "executed.ipynb",
            work=work,
            parameters={"number": number},
            variables=variables,
            readable=(str(folder),),
            writable=(str(work), str(settings)),
            timeout_s=120,
        )
        failure = execute_run(run).failure
        if failure:
            return failure.cause
        outputs = nbformat.read(run.executed, as_version=4).cells[-1].outputs
        answer = "".join(output.get("text", "") for output in outputs)
        return "" if answer == f"{number * 7}\n" else f"answered {answer!r}"

    begin = time.perf_counter()
    with environment(variables), ThreadPoolExecutor(at_once) as pool:
        warm_up()
        causes = [cause for cause in pool.map(start, range(starts)) if cause]
    wall = time.perf_counter() - begin
    return {"starts": starts, "at_once": at_once, "failures": len(causes), "wall_s": wall, "causes": causes[:5]}
