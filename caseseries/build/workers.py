"""Who does the work: threads here, or workers of a cluster, drive kernels, and one more thread renders pages."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module

from caseseries.build.drive import environment
from caseseries.build.parent import end_kernels, warm_up
from caseseries.build.request import Request

PROGRAMS = ("papermill", "IPython.paths", "ipykernel.kernelspec", "caseseries.build.client", "caseseries.build.kernels")
"""What a run loads here, in the process that asks for it."""


@dataclass(frozen=True)
class Workers:
    """``pool`` runs notebooks, at most ``jobs`` at a time; ``draw`` renders a page meanwhile."""

    pool: Executor
    jobs: int
    draw: Callable[..., Future[str]]


def load_programs() -> Callable[..., str]:
    """Load what drives kernels and what renders pages, which takes half a second; give the latter.

    To be called in one thread, before there are others: of a circle of modules that two threads load at a time, one of
    them may see a half, and jupyter_client is such a circle.
    """
    for name in PROGRAMS:
        import_module(name)
    from caseseries.build.render import draw_page, load_exporter

    load_exporter()
    # What is loaded stays: looking for garbage among it takes a fifth of a second at the end of the process alone.
    gc.freeze()
    return draw_page


@contextmanager
def start_workers(variables: dict[str, str], request: Request) -> Iterator[Workers]:
    """Start what runs notebooks and renders pages; whatever ends the build ends them too."""
    with ExitStack() as stack:
        stack.enter_context(environment(variables))
        warm_up(request.libraries)
        draw_page = load_programs()
        renderer = ThreadPoolExecutor(1)
        stack.callback(renderer.shutdown, wait=True, cancel_futures=True)
        if request.scheduler:
            from caseseries.build.cluster import join_cluster

            pool, jobs = stack.enter_context(join_cluster(request.scheduler)), len(request.nodes)
        else:
            pool, jobs = ThreadPoolExecutor(request.jobs), request.jobs

        def draw(*arguments) -> Future[str]:
            return renderer.submit(draw_page, *arguments)

        try:
            yield Workers(pool, jobs, draw)
        except BaseException:
            # A kernel must not outlive the build that waits for it.
            pool.shutdown(wait=False, cancel_futures=True)
            end_kernels()
            raise
        finally:
            pool.shutdown(wait=True)
