"""The listing sites, one shape per file. Each answers the paths that are its own and None for all others."""
