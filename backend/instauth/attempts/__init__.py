"""How often somebody may try: counted for accounts, networks and known devices, so that guessing is slow."""
