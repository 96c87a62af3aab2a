"""Choosing a style, or two to mix: from a gallery, on the map, from an uploaded picture, or by its number."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from blendgan.demo.choices import Choice, Recipe
from blendgan.demo.desk import LOST, PRIVATE, WITH_STYLE, Changes, Desk, picked, random_seed
from blendgan.demo.layout import FIRST, SECOND
from blendgan.demo.references import Reference
from blendgan.demo.style_map import StyleMap
from blendgan.demo.uploads import only_uploads, read_style
from blendgan.errors import UserError


class StyleEvents:
    """The events of the right column."""

    def __init__(self, desk: Desk, gallery: Sequence[Reference], style_map: StyleMap | None) -> None:
        self.desk, self.gallery, self.map = desk, gallery, style_map
        panels = desk.panels
        only_uploads(panels.style_upload)
        self._connect(panels.style_gallery.select, self.from_gallery, panels.which_style)
        self._connect(panels.style_map.select, self.from_map, panels.which_style)
        self._connect(panels.style_upload.upload, self.from_upload, panels.style_upload, panels.which_style)
        self._connect(panels.style_seed.input, self.by_seed, panels.style_seed, panels.which_style)
        another = panels.another_style.click(random_seed, None, panels.style_seed, **PRIVATE)
        self._connect(another.then, self.by_seed, panels.style_seed, panels.which_style)
        self._connect(panels.one_style.click, self.without_second)

    def from_gallery(self, event: gr.SelectData, which: str, *chosen: Any) -> Iterator[Changes]:
        """A style of the gallery."""
        yield from self._take_reference(picked(event, self.gallery), which, chosen)

    def from_map(self, event: gr.SelectData, which: str, *chosen: Any) -> Iterator[Changes]:
        """The style that lies where a visitor has tapped."""
        place = event.index
        if (
            self.map is None
            or not isinstance(place, list | tuple)
            or len(place) != 2
            or not all(map(_is_number, place))
        ):
            raise UserError(LOST)
        yield from self._take_reference(self.gallery[self.map.nearest(*place)], which, chosen)

    def from_upload(self, content: bytes | None, which: str, *chosen: Any) -> Iterator[Changes]:
        """The style of an uploaded picture."""
        style = self.desk.studio.style_of(read_style(content or b""))
        yield from self._take(style, "your picture", which, chosen)

    def by_seed(self, seed: float, which: str, *chosen: Any) -> Iterator[Changes]:
        """A random style."""
        yield from self._take(Choice(seed=int(seed)), f"number {int(seed)}", which, chosen)

    def without_second(self, *chosen: Any) -> Iterator[Changes]:
        """The first style alone."""
        panels = self.desk.panels
        yield {
            self.desk.mix: None,
            panels.second_shown: gr.update(value=None, label=SECOND),
            panels.which_style: FIRST,
            panels.one_style: gr.update(visible=False),
        }
        face, style, _, *sliders = chosen
        yield from self.desk.drawn(Recipe(face, style, None, *sliders), WITH_STYLE)

    def _take_reference(self, reference: Reference, which: str, chosen: Sequence[Any]) -> Iterator[Changes]:
        style = self.desk.studio.style_of(reference.pixels())
        yield from self._take(style, reference.caption, which, chosen)

    def _take(self, taken: Choice, name: str, which: str, chosen: Sequence[Any]) -> Iterator[Changes]:
        face, style, mix, *sliders = chosen
        second = which == SECOND
        style, mix = (style, taken) if second else (taken, mix)
        shown = self.desk.panels.second_shown if second else self.desk.panels.first_shown
        yield {
            self.desk.mix if second else self.desk.style: taken,
            shown: gr.update(value=taken.pixels, label=f"{which}: {name}"),
            self.desk.panels.one_style: gr.update(visible=mix is not None),
        }
        yield from self.desk.drawn(Recipe(face, style, mix, *sliders), WITH_STYLE)

    def _connect(self, event: Any, handler: Any, *before: Any) -> None:
        desk, panels = self.desk, self.desk.panels
        shown = [panels.first_shown, panels.second_shown, panels.one_style, panels.which_style]
        outputs = [desk.style, desk.mix, *shown, *desk.pictures]
        desk.on(event, handler, [*before, *desk.recipe], outputs, panels.style_notice)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e6
