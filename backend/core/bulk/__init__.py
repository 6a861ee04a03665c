"""Bulk uploads: one engine for every data set, a declared contract for each."""
