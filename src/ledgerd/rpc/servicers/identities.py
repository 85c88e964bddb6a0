"""IdentityService: the people and organizations that balances belong to."""

from ledgerapi.v1 import identity_service_pb2 as pb
from ledgerapi.v1 import identity_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.operations import identities
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import encode, fields, lists, paging, settings


class IdentityServicer(services.IdentityServiceServicer):
    """Serves identities."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def CreateIdentity(self, request: pb.CreateIdentityRequest, context: Context) -> pb.CreateIdentityResponse:
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = settings.identity(read, request.identity)
        row = await identities.create(self._engine, current_caller(), requested, request_id)
        return pb.CreateIdentityResponse(identity=encode.identity(row))

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
            changed = read.mask("update_mask", request.update_mask, settings.IDENTITY_PATHS)
            requested = settings.identity(read, request.identity, changed)
        attributes, needs_type = settings.identity_changes(changed)
        row = await identities.update(
            self._engine,
            current_caller(),
            identity_id,
            requested,
            changed=attributes,
            metadata_changed="metadata" in changed,
            needs_type=needs_type,
        )
        return pb.UpdateIdentityResponse(identity=encode.identity(row))

    async def DeleteIdentity(self, request: pb.DeleteIdentityRequest, context: Context) -> pb.DeleteIdentityResponse:
        with fields.reading() as read:
            identity_id = read.id("identity_id", request.identity_id, ids.IDENTITY)
        await identities.delete(self._engine, current_caller(), identity_id)
        return pb.DeleteIdentityResponse()

    async def ListIdentityBalances(
        self, request: pb.ListIdentityBalancesRequest, context: Context
    ) -> pb.ListIdentityBalancesResponse:
        with fields.reading() as read:
            identity_id = read.id("identity_id", request.identity_id, ids.IDENTITY)
        await identities.get(self._engine, current_caller(), identity_id)
        owned = Term("identity_id", Comparator.EQUAL, identity_id.int)
        page = await paging.answer(
            self._engine, current_caller(), request, lists.IDENTITY_BALANCES, encode.balance, owned
        )
        return pb.ListIdentityBalancesResponse(
            balances=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
        )
