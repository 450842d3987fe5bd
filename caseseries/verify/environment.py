"""What is installed where a verification runs: Python, platform, and every package with its version."""

from __future__ import annotations

import importlib.metadata
import platform
import re

from caseseries.build.fingerprint import hash_text


def describe_environment() -> dict[str, object]:
    """Say what is really installed, which need not be what the lock names.

    Returns
    -------
    dict
        ``python`` and ``platform`` in words, ``packages`` (version by name), and ``sha256``, one hash of all of it.
    """
    packages = dict(sorted(map(_name, importlib.metadata.distributions())))
    facts = {"python": f"{platform.python_implementation()} {platform.python_version()}", "platform": _platform()}
    lines = [*facts.values(), *(f"{name}=={version}" for name, version in packages.items())]
    return {**facts, "packages": packages, "sha256": hash_text("\n".join(lines))}


def describe_briefly(environment: dict) -> str:
    """Say it in one line."""
    return (
        f"{environment['python']} on {environment['platform']}, {len(environment['packages'])} packages "
        f"(fingerprint {environment['sha256'][:12]})"
    )


def _name(found: importlib.metadata.Distribution) -> tuple[str, str]:
    return re.sub(r"[-_.]+", "-", found.metadata["Name"] or "unnamed").lower(), found.version


def _platform() -> str:
    return f"{platform.system()} {platform.machine()}"
