#!/usr/bin/env python
"""This file holds the command line: local servers first, where the machine has none, then Django."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config.local import servers


def main() -> None:
    testing = sys.argv[1:2] == ["test"]
    if testing:
        os.environ["TESC_MODE"] = "test"
    if servers.ensure(throwaway=testing) and testing:
        # Names the databases of this run: another may go on beside it.
        os.environ["TESC_TEST_RUN"] = str(os.getpid())
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as mistake:
        sys.exit(str(mistake))


if __name__ == "__main__":
    main()
