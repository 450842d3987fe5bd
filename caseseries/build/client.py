"""The client with which a notebook is driven: it begins as soon as the kernel answers."""

from __future__ import annotations

import math
import time
from queue import Empty

from jupyter_client import AsyncKernelClient


class PromptClient(AsyncKernelClient):
    """Waits for an answer and for output; that of jupyter_client waits for a fifth of a second of silence, too."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, and what it says of itself arrives.

        Raises
        ------
        RuntimeError
            If the kernel died, or did not answer within ``timeout`` seconds.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            self.kernel_info()
            try:
                await self.get_shell_msg(timeout=1)
                # The channel of answers may stand before the one of outputs does, and then the kernel is asked again.
                await self.get_iopub_msg(timeout=0.2)
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("it died before it answered") from None
                if time.monotonic() > until:
                    raise RuntimeError(f"it did not answer within {timeout:g} s") from None
            else:
                return
