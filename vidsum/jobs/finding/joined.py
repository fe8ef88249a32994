"""Results that those of a later run include: segments that were joined with others since."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self


class Made(NamedTuple):
    """What results were made of, and how."""

    inputs: frozenset[str]
    how: str

    @classmethod
    def of(cls, identity: dict[str, Any]) -> Self:
        """Return what the identity in a manifest tells of it."""
        inputs = (one["path"] for one in identity["inputs"] or ())
        how = identity["mask"], identity["options"]
        return cls(inputs=frozenset(inputs), how=json.dumps(how, sort_keys=True))


def inclusion(done: Iterable[Made]) -> Callable[[Made], bool]:
    """Return what tells whether one of those that are `done` has all inputs of another, and more.

    A batch condenses a recording anew, under the name of its first segment, when further ones come
    before it or in between. What it was before stays where it is, and tells nothing else.
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
