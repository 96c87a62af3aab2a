"""Looking at the result: what the sliders change, the film, and what visitors take home."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache

from blendgan.demo.choices import Choice, Recipe
from blendgan.demo.desk import ALL, BETWEEN, WITH_STYLE, Changes, Desk
from blendgan.demo.download import NAME, pack

FILM = "blendgan-film.webm"


class ResultEvents:
    """The events around the three pictures."""

    def __init__(self, desk: Desk, blocks: Any) -> None:
        self.desk = desk
        panels = desk.panels
        for event, stages in (
            (blocks.load, ALL),
            (panels.indicator.input, BETWEEN),
            (panels.mix_share.input, WITH_STYLE),
            (panels.truncation.input, ALL),
        ):
            desk.on(event, self._drawing(stages), desk.recipe, desk.pictures, panels.result_notice)
        full: dict[str, Any] = {"show_progress": "full", "trigger_mode": "once"}
        desk.on(panels.film_button.click, self.film, desk.recipe, [panels.film], panels.result_notice, **full)
        taken = [panels.save, panels.command]
        desk.on(panels.save_button.click, self.take_home, desk.recipe, taken, panels.result_notice, **full)

    def film(  # noqa: PLR0917
        self,
        face: Choice,
        style: Choice,
        mix: Choice | None,
        indicator: int,
        truncation: float,
        mix_share: float,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio hands it over)
    ) -> Iterator[Changes]:
        """Film the way from the face into its styles and back."""
        film = self.desk.panels.film
        yield {film: gr.update(visible=True, value=None)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, FILM)
            for share in self.desk.studio.film(Recipe(face, style, mix, indicator, truncation, mix_share), path):
                progress(share, desc="Filming")
            kept = save_bytes_to_cache(path.read_bytes(), FILM, film.GRADIO_CACHE)
            yield {film: gr.update(visible=True, value=kept)}

    def take_home(self, *chosen: Any) -> Iterator[Changes]:
        """An archive of the pictures, and the command that draws them again."""
        panels = self.desk.panels
        archive, command = pack(self.desk.studio, Recipe(*chosen))
        path = save_bytes_to_cache(archive, NAME, panels.save.GRADIO_CACHE)
        yield {panels.save: gr.update(value=path, visible=True), panels.command: gr.update(value=command, visible=True)}

    def _drawing(self, stages: tuple[str, ...]) -> Any:
        def draw(*chosen: Any) -> Iterator[Changes]:
            yield from self.desk.drawn(Recipe(*chosen), stages)

        return draw
