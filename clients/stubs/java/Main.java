import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import dev.ledgerd.api.v1.LedgerServiceGrpc;
import dev.ledgerd.api.v1.ListLedgersRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Lists the ledgers of a service, over a channel that is set up as clients/README.md says. */
public final class Main {
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  public static void main(String[] arguments) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(arguments[0])
            .usePlaintext()
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(20, TimeUnit.SECONDS)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxInboundMetadataSize(64 << 10)
            .defaultServiceConfig(retries())
            .enableRetry()
            .build();
    try {
      LedgerServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(10, TimeUnit.SECONDS)
          .listLedgers(ListLedgersRequest.newBuilder().setPageSize(10).build())
          .getLedgersList()
          .forEach(ledger -> System.out.println(ledger.getId() + " " + ledger.getName()));
    } finally {
      channel.shutdown().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  /** Which calls the channel may repeat automatically: the file is beside the protos. */
  private static Map<String, ?> retries() throws IOException {
    try (Reader config =
        new InputStreamReader(Main.class.getResourceAsStream("service_config.json"), UTF_8)) {
      return new Gson().fromJson(config, new TypeToken<Map<String, ?>>() {}.getType());
    }
  }
}
