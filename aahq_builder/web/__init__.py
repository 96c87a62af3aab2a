"""One polite client: what every request of every command goes through."""
