"""A bounded queue of what waits to be decided, which keeps the latest items."""

import threading
from collections import deque
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Backlog(Generic[_Item]):
    """Passes items from one thread to another; if there is no room, the oldest ones are dropped."""

    def __init__(self) -> None:
        self._items: deque[_Item] = deque()
        self._changed = threading.Condition()
        self._error: BaseException | None = None

    def put(self, item: _Item, room: int) -> None:
        """Add an item, and drop the oldest ones until at most `room` wait."""
        with self._changed:
            self._items.append(item)
            while len(self._items) > room:
                self._items.popleft()
            self._changed.notify()

    def fail(self, error: BaseException) -> None:
        """Raise `error` in the other thread, once it has taken the remaining items."""
        with self._changed:
            self._error = error
            self._changed.notify()

    def get(self, seconds: float) -> _Item | None:
        """Return the oldest item, or None if none comes within this many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._error, seconds)
            if self._items:
                return self._items.popleft()
            if self._error is not None:
                raise self._error
            return None
