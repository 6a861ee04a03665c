"""This file holds what is promised of files in a bucket of S3: the same as of a folder."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.conf import settings as ours

from core.actor import Actor
from core.files import keeping
from core.files.keeping import keep, let_go, sweep
from core.files.links import link_to
from core.files.models import StoredFile
from core.ids import uuid7
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.tests.files_lab import ANYTHING, PDF, bucket, taken


@pytest.fixture
def objects(settings: Any) -> Any:
    with bucket() as (address, objects):
        options = {
            **ours.PRIVATE_BUCKET, "bucket_name": "lab", "endpoint_url": address,
            "access_key": "lab", "secret_key": "lab", "addressing_style": "path", "region_name": "us-east-1",
        }  # fmt: skip
        private = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "private": private}
        settings.FILES_BUCKET = "lab"
        yield objects


def kept(institution: Any) -> StoredFile:
    file = taken(ANYTHING, PDF, "a paper.pdf")
    with reaching(institution.pk):
        return keep(institution.pk, ANYTHING, file)


def test_a_file_is_put_into_the_bucket_and_fetched_by_a_link_of_the_bucket(harare, objects):
    row = kept(harare)
    assert list(objects) == [row.storage_name]
    with reaching(harare.pk):
        url = link_to(Actor("Tendai Moyo", uuid7()), row)
    answer = client_of().get(url.replace("http://127.0.0.1:8000", ""))
    assert answer.status_code == 302
    said = parse_qs(urlsplit(answer["Location"]).query)
    assert said["X-Amz-Expires"] == ["60"]
    assert said["response-content-disposition"] == ['attachment; filename="a paper.pdf"']
    assert said["response-content-type"] == ["application/pdf"]
    with urlopen(answer["Location"]) as sent:  # noqa: S310 (our own bucket)
        assert sent.read() == PDF


@pytest.mark.django_db(transaction=True)
def test_what_is_let_go_leaves_the_bucket(harare, objects):
    row = kept(harare)
    with reaching(harare.pk):
        let_go(row)
        assert len(objects) == 1
    assert objects == {}


def test_what_no_row_names_is_swept_from_the_bucket(harare, objects, monkeypatch):
    row, orphan = kept(harare), taken(ANYTHING, PDF)
    assert sweep() == 0
    monkeypatch.setattr(keeping, "ORPHANED_AFTER", timedelta(seconds=-60))
    assert sweep() == 1
    assert orphan.storage_name not in objects
    assert row.storage_name in objects
