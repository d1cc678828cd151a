"""How learning one model went: learned, not learned and why, and how many members had to be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MODEL_NAMES = {
    "usual": "The usual",
    "due": "Due",
    "next": "Next basket",
    "value": "Member value",
    "suggest": "What to mention",
}
"""What a night learns: models by the name they have in a pack, each as a person calls it."""

STATES = "state"
"""Name in a pack's `models` under which the states lie."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """How it went the last time that one model was to be learned."""

    why: str = ""
    """Why it was not learned; empty where it was."""
    failed: bool = False
    """Whether learning broke off. Otherwise there was too little to learn from, or it was learned."""
    left_out: int = 0
    """Members it was learned without, because it breaks off with them."""
    since: str = ""
    """Day on which the model in use was learned, where a later attempt failed and it stays in use; or empty."""

    @classmethod
    def of(cls, value: object) -> ModelState | None:
        """The state from its JSON, or None when it is not one."""
        if not isinstance(value, Mapping):
            return None
        why, failed, left_out, since = (value.get(name) for name in ("why", "failed", "left_out", "since"))
        if not (isinstance(why, str) and isinstance(failed, bool) and type(left_out) is int and isinstance(since, str)):
            return None
        return cls(why, failed, left_out, since)

    @property
    def note(self) -> str:
        """What is to be said about it, as half a sentence; empty where it was learned from everybody."""
        who = "1 member" if self.left_out == 1 else f"{self.left_out:,} members"
        without = f"{who} left out, whose line items cannot be learned from" if self.left_out else ""
        if not self.why:
            return without
        said = f"not learned: {self.why}" + (f"; {without}" if without else "")
        return f"{said}; the one learned on {self.since} stays in use" if self.since else said

    def sentence(self, name: str) -> str:
        """`Due is not learned: 212 of the 5,000 needed pairs`; empty where there is nothing to say."""
        named = MODEL_NAMES.get(name, name)
        return f"{named} is {self.note}" if self.why else f"{named}: {self.note}" if self.note else ""


def states_of(models: Mapping[str, object]) -> dict[str, ModelState]:
    """The state of each model in a pack's `models`; none from a pack that was built before states were kept."""
    found = models.get(STATES)
    pairs = found.items() if isinstance(found, Mapping) else ()
    return {str(name): state for name, value in pairs if (state := ModelState.of(value)) is not None}
