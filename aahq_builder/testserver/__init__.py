"""A web server that looks like the listing sites, for trying a crawl offline and for testing crawls over real HTTP."""
