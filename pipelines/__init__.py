"""Recipes that join the dataset builder and BlendGAN; each file reads like a story."""
