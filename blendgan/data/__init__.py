"""Pictures for the trainers: where they lie, in which order they come, and how they reach the device."""
