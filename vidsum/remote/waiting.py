"""A limit on waiting for a server, whatever package talks to it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

ANSWER_SECONDS = 120.0
"""Seconds that one request may take: a megabyte of a file, or its metadata."""

LIST_SECONDS = 1800.0
"""Seconds that listing all files of a folder, or reading its manifests, may take."""

SLOWEST = 16_000
"""Bytes per second below which an upload is given up."""

_Result = TypeVar("_Result")


def within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return the result of `call`.

    A call that takes too long is abandoned in its thread, which does not keep the program from
    ending: nothing could interrupt it, and some packages would wait forever.

    Raises
    ------
    TimeoutError
        If it takes longer than `seconds`.
    """
    result: Future[_Result] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name="remote", daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        if result.done():  # the server's own timeout
            raise
        raise TimeoutError(f"the server has not answered for {seconds:.0f} seconds") from None
