"""How good are the pictures? Pure functions of features; which features, the caller says with every number."""
