"""Templates and texts of dataset and model cards."""
