package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/bank/line"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// BenchmarkBankRelay has fifty kiosks' sales relayed at a time, to a bank on a socket,
// with the register in SQLite. The bank refuses them: they have no MAC.
func BenchmarkBankRelay(b *testing.B) {
	const kiosks = 50
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"), books.Rules{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	merchant := pospsim.LabTerminal().Merchant
	var terminals []pospsim.Terminal
	for n := range kiosks {
		id := fmt.Sprint(10000001 + n)
		if _, err := s.Register(b.Context(), id, 0, time.Now()); err != nil {
			b.Fatal(err)
		}
		terminals = append(terminals, pospsim.Terminal{ID: id, Merchant: merchant})
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = pospsim.New(pospsim.Config{Terminals: terminals}).Serve(ctx, ln) }()

	log := slog.New(slog.DiscardHandler)
	var d net.Dialer
	relay := gateway.NewBank(s.Bank, "bench", line.New(line.Config{
		Dial: func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", ln.Addr().String()) }, Now: time.Now, Log: log,
	}), log, time.Now)
	office := gateway.NewRuntime(s, "bench", gateway.NoMIS(), 0, log, time.Now)
	office.ServeBank(relay)
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx) }()

	var next atomic.Int64
	b.SetParallelism(kiosks)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(next.Add(1))
			kiosk, trace := fmt.Sprint(10000001+n%kiosks), n/kiosks+1
			at := posp.Terminal{ID: kiosk, Merchant: merchant, Operator: "001", Scheme: posp.DoubleLength, TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}}
			frame, err := at.Append(nil, saleOf(uint32(trace)), &posp.Card{PAN: []byte(pan), PINBlock: make([]byte, 8)})
			if err != nil {
				b.Error(err)
			}
			body, err := json.Marshal(wire.FrameBody{Serial: storetest.Serial(kiosk, trace), Terminal: kiosk, Frame: frame[2:]})
			if err != nil {
				b.Error(err)
			}
			if r := office.Answer(ctx, kiosk, wire.Request{V: wire.Version, ID: "1", Op: wire.OpFrame, TTLms: 45_000, Body: body}); r.Error != nil {
				b.Error(r.Error)
			}
		}
	})
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}
