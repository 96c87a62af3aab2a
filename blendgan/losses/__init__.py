"""What the trainers minimise: pure functions, tensors in, a scalar out. Weights and `backward` belong to the trainers."""
