"""Models trained on crowd votes by MBEM and by its rivals."""
