"""From crowd votes to labels that can be trusted: aggregators, graphs of workers, models trained on votes."""
