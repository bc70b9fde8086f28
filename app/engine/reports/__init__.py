"""Evaluations made readable: plain data, text, one HTML file."""
