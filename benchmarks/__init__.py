"""What the build and the derivations cost, beside other ways to the same files."""
