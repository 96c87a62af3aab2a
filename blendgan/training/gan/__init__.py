"""The adversarial stage: a generator against three discriminators."""
