"""What the trainers minimise: pure functions from tensors to a scalar. Weights and `backward` are the trainers'."""
