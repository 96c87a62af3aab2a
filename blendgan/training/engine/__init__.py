"""What all training stages share: the loop, the run's folder, its log and its checkpoints."""
