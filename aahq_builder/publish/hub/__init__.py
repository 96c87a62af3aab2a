"""Releases on the Hugging Face Hub, for their whole life: upload, verify, publish, correct."""
