"""This file holds how the planner hears of rows that were written by the thousand, before they are committed."""

from django.db import connection


def tell_planner(*tables: str) -> None:
    """Have these tables counted if they have grown far beyond what the planner believes; each has a column `id`.

    What is counted stays until autovacuum counts again, even if the transaction is rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tell_planner(%s::text[]::regclass[])", [list(tables)])
