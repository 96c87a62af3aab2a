"""Peak memory of a 60-second, 256 px video, against a short one of the same model: it must not grow with the length.

    python benchmarks/video.py

The model is untrained and has an eighth of the official width, so that 1,800 frames take minutes on a CPU; a few frames
at the official width show what its weights and activations add.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTHS = {"narrow": 4096, "official": 32768}
CHILD = """
import resource, sys
from blendgan.command import main
from blendgan.cli import GENERATE
words = ["video", "--model", sys.argv[1], "--out", sys.argv[1], "--num-styles", "8", "--num-faces", "4", "-q"]
assert main("blendgan-generate", GENERATE, "", words + sys.argv[2:]) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
SAVE = """
import sys
from blendgan.checkpoints.store import save_network
from blendgan.networks.generator import Generator, GeneratorConfig
config = GeneratorConfig(size=256, channel_base=int(sys.argv[2]), channel_max=int(sys.argv[2]) // 64)
save_network(Generator(config), sys.argv[1] + "/generator")
"""


def peak_mib(model: Path, seconds: float) -> int:
    """Peak resident memory of a process that draws such a video."""
    words = [sys.executable, "-c", CHILD, str(model), "--seconds", str(seconds)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.splitlines()[-1])


def main() -> None:
    """One fresh process per figure, so that peaks are its own."""
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, base in WIDTHS.items():
            model = Path(folder) / name
            subprocess.run([sys.executable, "-c", SAVE, str(model), str(base)], check=True)
            lengths = (0.5, 60.0) if name == "narrow" else (0.2, 1.0)
            for seconds in lengths:
                peaks[f"{name}_{seconds}_s"] = peak_mib(model, seconds)
                print(f"{name} width, {seconds} s: {peaks[f'{name}_{seconds}_s']} MiB", flush=True)
    print(json.dumps({"compares": "peak memory in MiB of short and long 256 px videos at 30 frames a second", **peaks}))


if __name__ == "__main__":
    main()
