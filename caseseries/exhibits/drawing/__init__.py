"""What several figures share: page and style, courses over time, panels, strips of states, keys, survival curves."""
