"""The networks of BlendGAN: pure modules, tensors in and tensors out, no files and no global state."""
