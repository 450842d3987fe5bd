"""Tools that run notebooks, each set up as its documentation has it, with all inputs declared that it takes."""
