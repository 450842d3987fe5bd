"""Who does the work: threads here, or workers of a cluster, drive kernels, and a warm process renders pages."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Thread

from caseseries.build.drive import environment
from caseseries.build.kernels import end_kernels, no_main_module, start_method, warm_up
from caseseries.build.render import draw_page
from caseseries.build.request import Request


@dataclass(frozen=True)
class Workers:
    """``pool`` runs notebooks, at most ``jobs`` at a time; ``draw`` renders a page in a process of its own."""

    pool: Executor
    jobs: int
    draw: Callable[..., Future[str]]


@contextmanager
def start_workers(variables: dict[str, str], request: Request) -> Iterator[Workers]:
    """Start what runs notebooks and renders pages; whatever ends the build ends them too."""
    context = multiprocessing.get_context(start_method())
    with ExitStack() as stack:
        stack.enter_context(environment(variables))
        # The page renderer comes from the warm parent too, and so do kernels of a later build here.
        warm_up()
        if request.scheduler:
            from caseseries.build.cluster import join_cluster

            pool, jobs = stack.enter_context(join_cluster(request.scheduler)), len(request.nodes)
        else:
            pool, jobs = ThreadPoolExecutor(request.jobs), request.jobs
        renderer = ProcessPoolExecutor(1, mp_context=context, initializer=be_quiet)

        def draw(*arguments) -> Future[str]:
            with no_main_module():
                return renderer.submit(draw_page, *arguments)

        try:
            yield Workers(pool, jobs, draw)
        except BaseException:
            # A kernel must not outlive the build that waits for it.
            pool.shutdown(wait=False, cancel_futures=True)
            end_kernels()
            raise
        finally:
            renderer.shutdown(wait=True, cancel_futures=True)
            pool.shutdown(wait=True)


def be_quiet() -> None:
    """Leave it to the builder to answer to Ctrl-C, and end with it even where it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone."""
    multiprocessing.parent_process().join()
    os._exit(1)
