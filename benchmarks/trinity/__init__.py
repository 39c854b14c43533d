"""From texts and votes to a model: our flow, the stack a user would take, and an expert's few lines."""
