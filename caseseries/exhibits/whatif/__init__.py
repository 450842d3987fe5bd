"""The page on which a reader changes definitions: every result is estimated here, the page only looks it up."""
