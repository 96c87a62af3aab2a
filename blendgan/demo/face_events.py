"""Choosing a face: by its number, from an uploaded picture with one face or many, or from a gallery."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import numpy as np

from blendgan.demo.choices import Choice, Recipe
from blendgan.demo.desk import ALL, PRIVATE, SEARCH, SECONDS_KEPT, Changes, Desk, picked, random_seed, said
from blendgan.demo.references import Reference
from blendgan.demo.uploads import Align, find_faces, only_uploads

SEVERAL = "{} faces were found. The largest is shown; choose another one if you like."


class FaceEvents:
    """The events of the left column."""

    def __init__(self, desk: Desk, align: Align, gallery: Sequence[Reference]) -> None:
        self.desk, self.align, self.gallery = desk, align, gallery
        self.found = gr.State((), time_to_live=SECONDS_KEPT)
        """Aligned faces of the last upload."""
        panels = desk.panels
        only_uploads(panels.face_upload)
        self._connect(panels.face_seed.input, self.by_seed, panels.face_seed)
        another = panels.another_face.click(random_seed, None, panels.face_seed, **PRIVATE)
        self._connect(another.then, self.by_seed, panels.face_seed)
        self._connect(panels.face_gallery.select, self.from_gallery)
        self._connect(panels.found_faces.select, self.one_of_found, self.found)
        searched = desk.on(
            panels.face_upload.upload,
            self.search,
            [panels.face_upload],
            [self.found, panels.found_faces],
            panels.face_notice,
            concurrency_id=SEARCH,
            show_progress="minimal",
            show_progress_on=panels.face_upload,
        )
        self._connect(searched.then, self.first_found, self.found, follows=True)

    def by_seed(self, seed: float, *chosen: Any) -> Iterator[Changes]:
        """A random face."""
        yield from self._take(Choice(seed=int(seed)), chosen)

    def from_gallery(self, event: gr.SelectData, *chosen: Any) -> Iterator[Changes]:
        """A face of the gallery."""
        yield from self._take(self.desk.studio.face_of(picked(event, self.gallery).pixels()), chosen)

    def one_of_found(self, event: gr.SelectData, found: Sequence[np.ndarray], *chosen: Any) -> Iterator[Changes]:
        """One of several faces in an uploaded picture."""
        yield from self._take(self.desk.studio.face_of(picked(event, found)), chosen)

    def search(self, content: bytes | None) -> Iterator[Changes]:
        """Find the faces of an uploaded picture; nothing of an earlier one is left when it has none."""
        panels = self.desk.panels
        yield {self.found: (), panels.found_faces: None}
        faces = find_faces(content or b"", self.align)
        changes: Changes = {self.found: tuple(faces)}
        if len(faces) > 1:
            changes[panels.found_faces] = gr.update(value=faces, selected_index=0)
            changes[panels.face_notice] = said(SEVERAL.format(len(faces)))
        yield changes

    def first_found(self, found: Sequence[np.ndarray], *chosen: Any) -> Iterator[Changes]:
        """The largest face of an uploaded picture, if it has any."""
        if found:
            yield from self._take(self.desk.studio.face_of(found[0]), chosen)

    def _take(self, face: Choice, chosen: Sequence[Any]) -> Iterator[Changes]:
        yield {self.desk.face: face, self.desk.panels.face_shown: face.pixels}
        yield from self.desk.drawn(Recipe(face, *chosen[1:]), ALL)

    def _connect(self, event: Any, handler: Any, *before: Any, follows: bool = False) -> None:
        desk, panels = self.desk, self.desk.panels
        outputs = [desk.face, panels.face_shown, *desk.pictures]
        desk.on(event, handler, [*before, *desk.recipe], outputs, None if follows else panels.face_notice)
