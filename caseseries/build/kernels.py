"""Warm kernels for Jupyter: each one is forked from a process that has imported the libraries, and lives on its own.

jupyter_client asks the provisioner of this module for a kernel wherever ``JUPYTER_DEFAULT_PROVISIONER_NAME`` says
``caseseries``.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Int, Unicode

from caseseries.build.inside_kernel import run_kernel
from caseseries.build.parent import start_kernel

MOST_LOOKS = 2000
"""How often a kernel's channels are looked for; after about ten seconds the client goes on looking by itself."""


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel from the warm parent."""

    variables = Dict(help="Environment of the kernel; empty: that of this process.").tag(config=True)
    borders = Unicode("", help="What the kernel may read and write, as JSON; empty: it is not watched.").tag(
        config=True
    )
    folder = Unicode("", help="Working folder of the kernel.").tag(config=True)
    console = Unicode("", help="File for what is written to the console behind Python's back.").tag(config=True)

    memory = Int(0, help="Bytes of memory that the kernel may fill; 0: as many as the machine has.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs):
        """Start the kernel, and give what a client needs to reach it."""
        variables = dict(self.variables or kwargs.get("env") or os.environ)
        folder = self.folder or str(Path.cwd())
        arguments = (self.parent.connection_file, variables, folder, self.console, self.borders, self.memory)
        self.process = start_kernel(run_kernel, arguments)
        self.pid = self.process.pid
        self.pgid = self.pid if hasattr(os, "setsid") else None
        await self._wait_for_channels()
        return self.connection_info

    async def _wait_for_channels(self) -> None:
        """Wait until the kernel's channels are there: who looks for them too early looks again much later."""
        if self.parent.transport == "ipc":
            places = [Path(f"{self.parent.ip}-{port}") for port in self.parent.ports]
            for _ in range(MOST_LOOKS):
                if self.process.poll() is not None or all(map(Path.exists, places)):
                    return
                await asyncio.sleep(0.005)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once, and wait the moment that this takes: others look for it ten times a second."""
        process = self.process
        await super().kill(restart=restart)
        if process:
            process.wait(1)
