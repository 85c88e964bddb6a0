// Lists the ledgers of a service, over a channel that is set up as clients/README.md says.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { LedgerService } from "./gen/ledgerapi/v1/ledger_service_pb.js";

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const transport = createGrpcTransport({
  baseUrl: `http://${process.argv[2]}`,
  pingIntervalMs: 30_000,
  pingTimeoutMs: 20_000,
  pingIdleConnection: true,
  readMaxBytes: MAX_MESSAGE_BYTES,
  writeMaxBytes: MAX_MESSAGE_BYTES,
});
const answer = await createClient(LedgerService, transport).listLedgers({ pageSize: 10 }, { timeoutMs: 10_000 });
for (const ledger of answer.ledgers) {
  console.log(ledger.id, ledger.name);
}
process.exit(0); // The connection stays open for the next call.
