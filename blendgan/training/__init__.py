"""One trainer per stage (style encoder, GAN, inversion, fine-tuning) on one shared loop."""
