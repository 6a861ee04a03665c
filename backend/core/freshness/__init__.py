"""How a change reaches what every process remembers: written with the change, read by each process twice a second."""
