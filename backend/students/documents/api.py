"""This file holds /students/documents/ over HTTP."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from core.errors import NotAllowed, NotVisible
from core.files.bodies import LinkSerializer, TakesFiles
from core.files.links import link_to
from core.http.field_rights import reaches
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading
from students.documents import rules
from students.documents.models import StudentDocument
from students.names import StudentName

VIEW = "students.view_document"


class DocumentSerializer(serializers.ModelSerializer):
    """One document of a student, without its content."""

    student = Ref(StudentName, view_permission="students.view_student")
    file = serializers.FileField(write_only=True, help_text="PNG, JPEG, WebP, GIF or PDF, at most 10 MiB.")

    class Meta:
        model = StudentDocument
        fields = [
            "id", "institution", "student", "kind", "title", "issued_on", "file", "verified_at", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "verified_at"]


class DocumentChangeSerializer(serializers.ModelSerializer):
    """What may be corrected."""

    class Meta:
        model = StudentDocument
        fields = ["title", "issued_on"]


class DocumentViewSet(TakesFiles, ResourceViewSet):
    """Documents of students. What is in one is fetched by a link of its own."""

    queryset = StudentDocument.objects.all()
    serializer_class = DocumentSerializer
    change_serializer_class = DocumentChangeSerializer
    file_kind = rules.PAPER
    view_permission = VIEW
    filters = {"institution": ["exact"], "student": ["exact"], "kind": ["exact", "in"]}
    orders = {"id": "id"}
    verbs = {"verify": Verb(rules.verify_document)}
    rules = {"create": rules.add_document, "update": rules.change_document, "remove": rules.remove_document}

    @classmethod
    def takes_bulk(cls) -> bool:
        return False


class DocumentLink(Endpoint):
    """A link to a document's content. A medical one is for those who may see what identifies. Each is on the log."""

    needs = {"get": VIEW}
    serializer_class = None
    answer_serializer_class = LinkSerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(request.actor, VIEW, StudentDocument):
            rows = StudentDocument.objects.visible_to(request.actor, VIEW).select_related("file", "student")
            document = rows.filter(pk=pk).first()
        if document is None:
            raise NotVisible()
        is_medical = document.kind == StudentDocument.Kind.MEDICAL
        if is_medical and not reaches(request.actor, rules.IDENTITY, document.student):
            raise NotAllowed(rules.IDENTITY)
        file = document.file
        told = {name: getattr(file, name) for name in ("name", "type", "size", "verdict")}
        return Response({"url": link_to(request.actor, file), **told}, headers={"Cache-Control": "no-store"})
