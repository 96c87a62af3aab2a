"""What the recipe `map_styles.py` is made of: faces in known techniques, three measures of style, their maps."""
