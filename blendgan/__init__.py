"""BlendGAN (Liu et al., NeurIPS 2021): faces in arbitrary artistic styles. Networks, losses, trainers, generation."""
