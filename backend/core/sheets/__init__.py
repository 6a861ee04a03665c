"""Spreadsheets: read safely, written as templates and as files with the wrong cells marked."""
