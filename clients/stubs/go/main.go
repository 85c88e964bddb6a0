// Lists the ledgers of a service, over a channel that is set up as clients/README.md says.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	ledgerapiv1 "ledgerd.dev/clients/go/ledgerapi/v1"
)

const maxMessageBytes = 16 << 20

//go:embed service_config.json
var serviceConfig string

func main() {
	connection, err := grpc.NewClient(os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(maxMessageBytes), grpc.MaxCallSendMsgSize(maxMessageBytes)),
		grpc.WithMaxHeaderListSize(64<<10),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithDefaultServiceConfig(serviceConfig),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := ledgerapiv1.NewLedgerServiceClient(connection).
		ListLedgers(ctx, &ledgerapiv1.ListLedgersRequest{PageSize: 10})
	if err != nil {
		log.Fatal(err)
	}
	for _, ledger := range answer.GetLedgers() {
		fmt.Println(ledger.GetId(), ledger.GetName())
	}
}
