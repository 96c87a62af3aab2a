"""The page on the network: quiet, without analytics, with limits, and nothing loaded from other machines."""

import socket

import gradio as gr
from starlette.middleware import Middleware

from blendgan.demo.config import PageConfig
from blendgan.demo.guard import Guard
from blendgan.demo.layout import HEAD
from blendgan.errors import UserError

MOST_WAITING = 40
"""Longest queue; who comes later is asked to try again."""
SYSTEM_FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
MONOSPACE = ("ui-monospace", "Consolas", "monospace")


def launch(blocks: gr.Blocks, config: PageConfig, local: bool) -> str:
    """Serve in a thread; gives the address. A port of 0 takes any free one."""
    blocks.queue(max_size=MOST_WAITING)
    try:
        _, address, _ = blocks.launch(
            server_name=config.host,
            server_port=config.port or free_port(config.host),
            inbrowser=config.open,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            show_error=False,
            ssr_mode=False,
            pwa=False,
            run_history=False,
            enable_monitoring=False,
            footer_links=[],
            max_file_size=config.max_upload_mb * 1_000_000,
            app_kwargs={"middleware": [Middleware(Guard, local=local)]},
            theme=gr.themes.Default(font=SYSTEM_FONTS, font_mono=MONOSPACE),
            head=HEAD,
        )
    except OSError as error:
        raise UserError(
            f"--port {config.port} cannot be used ({error}); give another, or 0 for any free one"
        ) from error
    return str(address)


def free_port(host: str) -> int:
    """A port that nobody listens at."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
