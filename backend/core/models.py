"""This file holds the index of the app's models; each lives in its room."""

from core.audit.models import AuditEntry
from core.bulk.models import StagedRow, Upload, UploadContent, UploadEffect
from core.files.models import StoredBytes, StoredFile
from core.freshness.models import Change
from core.http.models import IdempotencyKey
from core.ledger.models import Block
from core.lists.models import ReferenceVersion
from core.outbox.models import Message
from core.secrets.models import DataKey, PersonKey

__all__ = [
    "AuditEntry",
    "Block",
    "Change",
    "DataKey",
    "IdempotencyKey",
    "Message",
    "PersonKey",
    "ReferenceVersion",
    "StagedRow",
    "StoredBytes",
    "StoredFile",
    "Upload",
    "UploadContent",
    "UploadEffect",
]
