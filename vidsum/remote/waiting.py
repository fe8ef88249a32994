"""A limit to how long a server is waited for, whatever the package that talks to it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

ANSWER_SECONDS = 120.0
"""So long may one request take: a megabyte of a file, or what is told of one."""

LIST_SECONDS = 1800.0
"""So long may it take to list all files of a folder, or to read the manifests in one."""

SLOWEST = 16_000
"""Bytes a second below which an upload is given up."""

_Result = TypeVar("_Result")


def within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return what `call` returns.

    One that takes too long is left behind in its thread, which does not keep the program from
    ending: nothing could interrupt it, and some packages would wait for ever.

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
        if result.done():  # it is the server's own
            raise
        raise TimeoutError(f"the server has not answered for {seconds:.0f} seconds") from None
