"""Using trained networks: codes of many images, and the programs behind `blendgan-generate`."""
