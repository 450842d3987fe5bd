"""Runs and renders notebooks inside a peer's own environment, in one process each; knows nothing of this project.

``python worker.py run TOOL JOBS`` runs all notebooks of the folder with papermill or nbclient, as a short script of an
author would; ``python worker.py one NAME`` runs one with papermill, for tools that start a command per notebook;
``python worker.py cache`` runs them through jupyter-cache.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PREPARE, SUMMARY = "00_prepare", "99_summary"


def run_notebook(name: str, tool: str = "papermill") -> bool:
    """Run a notebook and render its page; say what went wrong."""
    Path("executed").mkdir(exist_ok=True)
    source, executed = Path(f"{name}.ipynb"), Path("executed", f"{name}.ipynb")
    try:
        if tool == "papermill":
            import papermill

            parameters = json.loads(Path("parameters.json").read_text()).get(name, {})
            papermill.execute_notebook(source, executed, parameters, progress_bar=False)
        else:
            import nbformat
            from nbclient import NotebookClient

            notebook = nbformat.read(source, as_version=4)
            NotebookClient(notebook).execute()
            nbformat.write(notebook, executed)
    except Exception as error:  # the others must go on, as with any tool that keeps going
        print(f"{name}.ipynb: {error}", file=sys.stderr, flush=True)
        return False
    render(executed)
    return True


def render(executed: Path) -> None:
    """Write the page of an executed notebook."""
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter().from_filename(str(executed))
    Path("html").mkdir(exist_ok=True)
    Path("html", f"{executed.stem}.html").write_text(body, encoding="utf-8")


def list_figures() -> list[str]:
    """List the notebooks between the first and the last."""
    return sorted(path.stem for path in Path().glob("fig_*.ipynb"))


def run_all(tool: str, jobs: int) -> bool:
    """Run all notebooks, those in the middle several at a time."""
    if not run_notebook(PREPARE, tool):
        return False
    names = list_figures()
    if jobs == 1:
        went = [run_notebook(name, tool) for name in names]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            went = list(pool.map(run_notebook, names, [tool] * len(names)))
    return all(went) and run_notebook(SUMMARY, tool)


def render_cached(cache, name: str) -> bool:
    """Render what the cache holds of a notebook; say why it holds nothing."""
    import nbformat

    try:
        _, notebook = cache.merge_match_into_file(f"{name}.ipynb")
    except KeyError:
        print(f"{name}.ipynb: {cache.get_project_record(f'{name}.ipynb').traceback}", file=sys.stderr)
        return False
    executed = Path("executed", f"{name}.ipynb")
    nbformat.write(notebook, executed)
    render(executed)
    return True


def run_cached() -> bool:
    """Run through jupyter-cache what its cache does not hold, and render what it holds."""
    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    Path("executed").mkdir(exist_ok=True)
    cache = get_cache(".jupyter_cache")
    for names in ([PREPARE], list_figures(), [SUMMARY]):
        for name in names:
            cache.add_nb_to_project(f"{name}.ipynb")
        executor = load_executor("local-parallel" if len(names) > 1 else "local-serial", cache)
        executor.run_and_cache(filter_uris=[str(Path(f"{name}.ipynb").resolve()) for name in names])
        went = [render_cached(cache, name) for name in names]
        if not all(went):
            return False
    return True


if __name__ == "__main__":
    action, *rest = sys.argv[1:]
    if action == "run":
        went_well = run_all(rest[0], int(rest[1]))
    else:
        went_well = run_cached() if action == "cache" else run_notebook(rest[0])
    sys.exit(0 if went_well else 1)
