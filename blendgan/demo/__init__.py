"""A page to try a model on: `blendgan-demo`. Whoever starts it brings the function that finds faces in pictures."""
