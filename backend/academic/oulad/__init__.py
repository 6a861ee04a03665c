"""The import of the Open University Learning Analytics Dataset: see README.md."""
