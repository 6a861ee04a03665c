"""This app keeps no rows: its figures are read."""
