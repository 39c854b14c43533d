"""Tables as people have them, through one door."""
