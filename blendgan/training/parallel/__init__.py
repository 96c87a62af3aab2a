"""Several processes, micro-batches, and random numbers that do not depend on either."""
