"""IdentityService: the people and organizations that balances belong to."""

from ledgerapi.v1 import identity_service_pb2 as pb
from ledgerapi.v1 import identity_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.operations import creating, identities, verifications
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.rpc.servicers import balance_views
from ledgerd.wire import encode, fields, lists, paging, settings
from ledgerd.wire import identities as decode


class IdentityServicer(services.IdentityServiceServicer):
    """Serves identities."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def CreateIdentity(self, request: pb.CreateIdentityRequest, context: Context) -> pb.CreateIdentityResponse:
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = decode.new_identity(read, request)
        if not requested.balances:
            made = await identities.create(self._engine, current_caller(), requested.settings, request_id)
            return pb.CreateIdentityResponse(identity=encode.identity(made.rows), replayed=made.replayed)
        fields.sized(request)
        created, replayed = await creating.create_identity(self._engine, current_caller(), requested, request_id)
        return pb.CreateIdentityResponse(
            identity=encode.identity(created.identities[0]),
            balances=map(encode.balance, created.balances),
            replayed=replayed,
        )

    async def BatchCreateIdentities(
        self, request: pb.BatchCreateIdentitiesRequest, context: Context
    ) -> pb.BatchCreateIdentitiesResponse:
        fields.sized(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
        people = decode.several(request.requests)
        created, replayed = await creating.create_identities(self._engine, current_caller(), people, request_id)
        return pb.BatchCreateIdentitiesResponse(
            identities=map(encode.identity, created.identities),
            balances=map(encode.balance, created.balances),
            replayed=replayed,
        )

    async def GetIdentity(self, request: pb.GetIdentityRequest, context: Context) -> pb.GetIdentityResponse:
        with fields.reading() as read:
            identity_id = read.id("identity_id", request.identity_id, ids.IDENTITY)
        return pb.GetIdentityResponse(
            identity=encode.identity(await identities.get(self._engine, current_caller(), identity_id))
        )

    async def ListIdentities(self, request: pb.ListIdentitiesRequest, context: Context) -> pb.ListIdentitiesResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.IDENTITIES, encode.identity)
        return pb.ListIdentitiesResponse(
            identities=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
        )

    async def UpdateIdentity(self, request: pb.UpdateIdentityRequest, context: Context) -> pb.UpdateIdentityResponse:
        with fields.reading() as read:
            identity_id = read.id("identity.id", request.identity.id, ids.IDENTITY)
            changed = read.mask("update_mask", request.update_mask, decode.PATHS)
            etag = read.etag("identity.etag", request.identity.etag)
            requested = decode.identity(read, request.identity, changed)
        attributes, needs_type = decode.changes(changed)
        row = await identities.update(
            self._engine,
            current_caller(),
            identity_id,
            requested,
            changed=attributes,
            metadata_changed="metadata" in changed,
            needs_type=needs_type,
            etag=etag,
        )
        return pb.UpdateIdentityResponse(identity=encode.identity(row))

    async def DeleteIdentity(self, request: pb.DeleteIdentityRequest, context: Context) -> pb.DeleteIdentityResponse:
        with fields.reading() as read:
            identity_id = read.id("identity_id", request.identity_id, ids.IDENTITY)
            etag = read.etag("etag", request.etag)
        await identities.delete(self._engine, current_caller(), identity_id, etag)
        return pb.DeleteIdentityResponse()

    async def CreateIdentityVerification(
        self, request: pb.CreateIdentityVerificationRequest, context: Context
    ) -> pb.CreateIdentityVerificationResponse:
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            draft = decode.verification(read, request.verification)
        made = await verifications.create(self._engine, current_caller(), draft, request_id)
        return pb.CreateIdentityVerificationResponse(
            verification=encode.verification(made.rows), replayed=made.replayed
        )

    async def GetIdentityVerification(
        self, request: pb.GetIdentityVerificationRequest, context: Context
    ) -> pb.GetIdentityVerificationResponse:
        with fields.reading() as read:
            verification_id = read.id("verification_id", request.verification_id, ids.VERIFICATION)
        row = await verifications.get(self._engine, current_caller(), verification_id)
        return pb.GetIdentityVerificationResponse(verification=encode.verification(row))

    async def ListIdentityVerifications(
        self, request: pb.ListIdentityVerificationsRequest, context: Context
    ) -> pb.ListIdentityVerificationsResponse:
        with fields.reading() as read:
            identity_id = read.optional_id("identity_id", request.identity_id, ids.IDENTITY)
        within = []
        if identity_id is not None:
            await identities.get(self._engine, current_caller(), identity_id)
            within.append(Term("identity_id", Comparator.EQUAL, identity_id.int))
        page = await paging.answer(
            self._engine, current_caller(), request, lists.VERIFICATIONS, encode.verification, *within
        )
        return pb.ListIdentityVerificationsResponse(
            verifications=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
        )

    async def ListIdentityBalances(
        self, request: pb.ListIdentityBalancesRequest, context: Context
    ) -> pb.ListIdentityBalancesResponse:
        with fields.reading() as read:
            identity_id = read.id("identity_id", request.identity_id, ids.IDENTITY)
            balance_views.read(read, request.view)
        await identities.get(self._engine, current_caller(), identity_id)
        owned = Term("identity_id", Comparator.EQUAL, identity_id.int)
        page = await balance_views.page(self._engine, current_caller(), request, lists.IDENTITY_BALANCES, owned)
        return pb.ListIdentityBalancesResponse(
            balances=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
        )
