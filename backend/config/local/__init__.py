"""This package holds what a newcomer's machine lacks: servers, keys and a virtual environment."""
