"""This package holds benchmarks: each script runs ours beside what it is compared with, and prints ratios."""
