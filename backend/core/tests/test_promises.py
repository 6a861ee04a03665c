"""This file holds the promises of a resource, kept by uploads."""

from core.bulk.contracts import CONTRACTS
from core.bulk.models import Upload
from core.bulk.rules import ADD, VIEW
from core.testing.promises import ResourcePromises
from core.tests.uploads_lab import as_file


class TestUploads(ResourcePromises):
    url = "/api/v1/uploads/"
    view = VIEW
    create = ADD
    also = tuple(CONTRACTS["faculties"].needs)
    sends, created = "multipart", 202

    def make(self, institution):
        return Upload(institution=institution, set="faculties", contract="0", file_name="a.csv").save_checked()

    def body(self, institution):
        return {"set": "faculties", "file": as_file(b"code,name\nSCI,Science\n", "faculties.csv")}
