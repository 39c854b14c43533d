"""Topic models by the method of moments: a whitened third moment, its components, a few passes of VB."""
