"""What a trained model reaches, beside what real pictures reach with the same measures."""
