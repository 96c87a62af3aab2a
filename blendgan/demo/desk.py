"""What all events of the page share: the parts, a visitor's choices in states, and how something new is drawn."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from html import escape
from random import SystemRandom
from typing import Any

import gradio as gr

from blendgan.demo.choices import Choice, Recipe
from blendgan.demo.layout import MOST_SEED, Panels
from blendgan.demo.studio import Studio
from blendgan.errors import UserError

ALL, WITH_STYLE, BETWEEN = ("intermediate", "natural", "styled"), ("intermediate", "styled"), ("intermediate",)
"""What is drawn anew when a face, a style or the indicator changes; what is looked at most comes first."""
MODEL, SEARCH = "model", "search"
"""Queues, each worked off one by one: what needs the model, and the search for faces."""
SECONDS_KEPT = 3600
"""How long choices and files of a visitor who has gone are kept."""
PRIVATE = {"api_visibility": "private"}
LOST = "That picture is not there any more. Please choose another one."
Changes = dict[Any, Any]
"""New values of parts of the page."""
Handler = Callable[..., Iterator[Changes]]


def _state(value: object) -> Any:
    return gr.State(value, time_to_live=SECONDS_KEPT)


@dataclass(frozen=True)
class Desk:
    """The parts of the page and the states of its visitors; made inside of an open `gr.Blocks`."""

    studio: Studio
    panels: Panels
    face: Any = field(default_factory=lambda: _state(Choice()))
    style: Any = field(default_factory=lambda: _state(Choice()))
    mix: Any = field(default_factory=lambda: _state(None))

    @property
    def recipe(self) -> list[Any]:
        """What an event hands over, in the order of the fields of `Recipe`."""
        panels = self.panels
        return [self.face, self.style, self.mix, panels.indicator, panels.truncation, panels.mix_share]

    @property
    def pictures(self) -> list[Any]:
        """The three results."""
        return [self.panels.natural, self.panels.intermediate, self.panels.styled]

    def drawn(self, recipe: Recipe, stages: Sequence[str]) -> Iterator[Changes]:
        """The results as they come."""
        for stage, pixels in self.studio.draw(recipe, stages):
            yield {getattr(self.panels, stage): pixels}

    def on(
        self,
        event: Callable[..., Any],
        handler: Handler,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        notice: Any | None = None,
        **options: Any,
    ) -> Any:
        """Connect an event; what a visitor can mend is said in `notice`. Sliders on the move skip ahead.

        An event that follows another has no notice: one that it leaves alone would be taken for what that one has said.
        """
        shared = {
            "concurrency_id": MODEL,
            "concurrency_limit": 1,
            "show_progress": "hidden",
            "trigger_mode": "always_last",
        }
        outputs = [*outputs, notice] if notice else list(outputs)
        return event(_telling(notice, handler), list(inputs), outputs, **(shared | PRIVATE | options))


def _telling(notice: Any | None, handler: Handler) -> Handler:
    """The handler, with its `UserError` as a sentence on the page.

    Each step repeats the ones before: a page that is slow to show them takes the last step for all there is.
    """

    @wraps(handler)
    def told(*given: Any) -> Iterator[Changes]:
        so_far: Changes = {notice: ""} if notice else {}
        try:
            for changes in handler(*given):
                so_far |= changes
                yield dict(so_far)
        except UserError as error:
            if notice is None:
                raise
            yield so_far | {notice: said(str(error))}

    return told


def said(sentence: str) -> str:
    """A notice on the page, as HTML."""
    return f'<p class="notice" role="status">{escape(sentence)}</p>'


def random_seed() -> int:
    """The number of another face or style."""
    return SystemRandom().randint(0, MOST_SEED)


def picked(event: gr.SelectData, among: Sequence[Any]) -> Any:
    """What a visitor has tapped in a gallery; browsers say what they like."""
    index = event.index
    if not isinstance(index, int) or not 0 <= index < len(among):
        raise UserError(LOST)
    return among[index]
