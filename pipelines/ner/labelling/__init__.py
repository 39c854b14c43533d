"""A page on which a person marks names in sentences that active learning chooses."""
