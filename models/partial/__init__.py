"""Labels bought as yes/no questions over a hierarchy of classes."""
