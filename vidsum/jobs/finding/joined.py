"""Results that a later run supersedes, as it has joined their segments with others."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self


class Made(NamedTuple):
    """What results were made from, and how."""

    inputs: frozenset[str]
    how: str

    @classmethod
    def of(cls, identity: dict[str, Any]) -> Self:
        """Return what a manifest's identity says."""
        inputs = (one["path"] for one in identity["inputs"] or ())
        how = identity["mask"], identity["options"]
        return cls(inputs=frozenset(inputs), how=json.dumps(how, sort_keys=True))


def inclusion(done: Iterable[Made]) -> Callable[[Made], bool]:
    """Return a test whether one of those `done` has all inputs of another, and more.

    A batch condenses a recording again, under the name of its first segment, when further segments
    appear before it or in between. The earlier results stay where they are, but add nothing.
    """
    joined: dict[str, list[Made]] = defaultdict(list)
    for made in done:
        if len(made.inputs) > 1:
            for name in made.inputs:
                joined[name].append(made)

    def is_included(one: Made) -> bool:
        name = next(iter(one.inputs), "")
        return any(
            one.inputs < other.inputs and one.how == other.how for other in joined.get(name, ())
        )

    return is_included
