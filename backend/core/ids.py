"""This file holds the identifiers of rows: UUIDs that grow with time, so that a primary key is also an order."""

import uuid

import uuid_utils


def uuid7() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits. Made here because PostgreSQL 15 can't."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


# The same in SQL, for rows that are made by the million: random bits, the clock's milliseconds laid over the first six
# bytes, version 7 in the four bits after them (PostgreSQL 18 has uuidv7(), 15 does not).
NEW_ID = (
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM"
    " clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid"
)
