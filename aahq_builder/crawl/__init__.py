"""Find artworks, decide from evidence whether they may be used, and download their pictures politely."""
