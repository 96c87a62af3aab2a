"""A museum on this machine, for recipes to crawl: real portraits, and pictures as the worst of the web serves them."""
