"""Rights: may this picture be used, and who says so."""
