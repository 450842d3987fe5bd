"""What is drawn or tabulated to the files of a journal and a reader: every form, with the record inside it."""
