"""One patient's page: the timeline, and the tables under it."""
