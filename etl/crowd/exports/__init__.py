"""What labelling tools export, read as votes: one format a file, told apart by what their records hold."""
