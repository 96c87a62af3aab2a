"""Files of visitors are what they have uploaded: Gradio would also fetch an address that stands in place of a file."""

from typing import Any

import gradio as gr


def only_uploads(component: Any) -> None:
    """Let a `gr.File` take uploaded files only; paths outside of the upload folder are refused by Gradio itself."""
    take = component.async_move_resource_to_block_cache

    async def checked(place: str | None) -> str | None:
        if place and "://" in place:
            raise gr.Error("Please upload the file itself.", print_exception=False)
        taken: str | None = await take(place)
        return taken

    component.async_move_resource_to_block_cache = checked
