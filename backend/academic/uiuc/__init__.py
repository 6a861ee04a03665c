"""The import of a catalog and its sections as the University of Illinois publishes them: see README.md."""
