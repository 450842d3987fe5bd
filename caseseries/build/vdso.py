"""Makes the time of day stand still for a whole process, in whatever language it asks, where Linux on x86-64 allows it.

The clock is read without a call of the system, which no filter can see: by functions that the kernel maps into each
process (the vDSO). Here these functions are overwritten in the process's own copy. Forked children have the copy too;
in a program that is started anew another process can overwrite them. Clocks that measure durations go on. Where the
functions cannot be overwritten (other systems and processors, gVisor), the time of day goes on as well.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STILL_S = 315_532_800
"""The moment at which the clock stands still: 1980-01-01 in UTC, the first that a ZIP file can name."""

LAND = b"\xf3\x0f\x1e\xfa"  # endbr64
NO_ERROR = b"\x31\xc0\xc3"  # xor eax, eax; ret
TIMES_OF_DAY = (0, 5, 8, 11)
"""CLOCK_REALTIME, its coarse form and that of alarms, and CLOCK_TAI."""


def stop_clock() -> bool:
    """Make the time of day stand still in this process and its forks; tell whether it does.

    Must be called before there are threads.
    """
    if not is_clock_stopped() and sys.platform == "linux" and platform.machine() == "x86_64":
        try:
            stop_clock_of("self")
        except (OSError, ValueError, struct.error):
            return False
    return is_clock_stopped()


def stop_clock_of(process: int | str) -> None:
    """Make the time of day stand still in a process that this one may write to.

    Raises
    ------
    OSError, ValueError, struct.error
        If it has no such functions, or they cannot be overwritten.
    """
    _overwrite(process, _write_functions(STILL_S))


def is_clock_stopped() -> bool:
    """Tell whether the time of day stands still in this process."""
    return hasattr(time, "clock_gettime") and time.clock_gettime(time.CLOCK_REALTIME) == STILL_S


def _write_functions(second: int) -> dict[str, bytes]:
    """Write the machine code of each function by its name in the vDSO."""
    moment = b"\x48\xb8" + struct.pack("<Q", second)  # mov rax, second
    # cmp edi, clock; je over the call: to the part that answers
    asked = b"".join(
        b"\x83\xff" + bytes([clock]) + b"\x74" + bytes([5 * (len(TIMES_OF_DAY) - place) + 8])
        for place, clock in enumerate(TIMES_OF_DAY, start=1)
    )
    get = (
        LAND
        + asked
        + b"\xb8\xe4\x00\x00\x00\x0f\x05\xc3"  # mov eax, 228; syscall; ret
        + moment
        + b"\x48\x89\x06\x48\xc7\x46\x08\x00\x00\x00\x00"  # mov [rsi], rax; mov qword [rsi + 8], 0
        + NO_ERROR
    )
    get_of_day = (
        LAND
        + moment
        + b"\x48\x85\xff\x74\x0b"  # test rdi, rdi; je over the next two
        + b"\x48\x89\x07\x48\xc7\x47\x08\x00\x00\x00\x00"  # mov [rdi], rax; mov qword [rdi + 8], 0
        + b"\x48\x85\xf6\x74\x07\x48\xc7\x06\x00\x00\x00\x00"  # test rsi, rsi; je over the next; mov qword [rsi], 0
        + NO_ERROR
    )
    get_time = LAND + moment + b"\x48\x85\xff\x74\x03\x48\x89\x07\xc3"  # test rdi, rdi; je to ret; mov [rdi], rax; ret
    # Random bytes by a call of the system, which a filter can see: cmp r8, -1; je; mov eax, 318; syscall; ret;
    # where only the size of a state is asked for: mov rax, -ENOSYS; ret
    get_random = (
        LAND + b"\x49\x83\xf8\xff\x74\x08\xb8\x3e\x01\x00\x00\x0f\x05\xc3" + b"\x48\xc7\xc0\xda\xff\xff\xff\xc3"
    )
    return {
        "__vdso_clock_gettime": get,
        "__vdso_gettimeofday": get_of_day,
        "__vdso_time": get_time,
        "__vdso_getrandom": get_random,
    }


def _overwrite(process: int | str, functions: dict[str, bytes]) -> None:
    maps = Path(f"/proc/{process}/maps").read_text(encoding="utf-8").splitlines()
    line = next((line for line in maps if line.endswith("[vdso]")), None)
    if line is None:
        raise ValueError("this process has no vDSO")
    begin, end = (int(place, 16) for place in line.split()[0].split("-"))
    memory = os.open(f"/proc/{process}/mem", os.O_RDWR)
    try:
        places = {name: place for name, *place in _list_functions(os.pread(memory, end - begin, begin))}
        chosen = {name: code for name, code in functions.items() if name in places}
        if any(len(code) > places[name][1] for name, code in chosen.items()):
            raise ValueError("a function is too short to be overwritten")
        for name, code in chosen.items():
            os.pwrite(memory, code, begin + places[name][0])
    finally:
        os.close(memory)


def _list_functions(image: bytes) -> Iterator[tuple[str, int, int]]:
    """List the functions of a 64-bit ELF image: name, offset and length."""
    if image[:5] != b"\x7fELF\x02":
        raise ValueError("the vDSO is no 64-bit ELF image")
    (headers,), (size, n_headers) = struct.unpack_from("<Q", image, 32), struct.unpack_from("<HH", image, 54)
    parts = [struct.unpack_from("<IIQQQQ", image, headers + number * size) for number in range(n_headers)]
    base = next(address - offset for kind, _, offset, address, *_ in parts if kind == 1)
    offset, length = next((offset, length) for kind, _, offset, _, _, length in parts if kind == 2)
    tags = dict(struct.iter_unpack("<QQ", image[offset : offset + length]))
    names, symbols, hashes = tags[5] - base, tags[6] - base, tags.get(4)
    n_symbols = struct.unpack_from("<I", image, hashes - base + 4)[0] if hashes else (names - symbols) // 24
    for number in range(n_symbols):
        name, kind, _, section, address, length = struct.unpack_from("<IBBHQQ", image, symbols + 24 * number)
        if kind & 15 == 2 and section:
            start = names + name
            yield image[start : image.index(b"\0", start)].decode("ascii"), address - base, length
