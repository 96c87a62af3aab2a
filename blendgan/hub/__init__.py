"""Models on the Hugging Face Hub: whole ones as objects, pushed with a card that says what they are."""
