package server_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// BenchmarkDrainStored empties a kiosk's journal of 12,500 whole payments
// (100,000 records) through a real mosquitto into head office's SQLite books,
// synced, with their projections and orders, until the last acknowledgement is
// back. uplink/mqttlink's BenchmarkDrain has the same without storing, beside
// mosquitto_pub and paho.
func BenchmarkDrainStored(b *testing.B) {
	if _, err := exec.LookPath("mosquitto"); err != nil {
		b.Fatal("mosquitto is not installed")
	}
	url := benchBroker(b)
	tape := newTape(b, 12_500)
	for b.Loop() {
		took := drainStored(b, url, tape)
		b.ReportMetric(float64(len(tape.recs))/took.Seconds(), "records/s")
		b.ReportMetric(float64(len(tape.recs))/8/took.Seconds(), "payments/s")
	}
	b.ReportMetric(0, "ns/op")
}

func drainStored(b *testing.B, url string, tape *tape) time.Duration {
	books, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"), books.Rules{})
	if err != nil {
		b.Fatal(err)
	}
	defer books.Close()
	if _, err := books.Register(b.Context(), "10000001", 0, time.Now()); err != nil {
		b.Fatal(err)
	}
	_, key, _ := ed25519.GenerateKey(nil)
	log := slog.New(slog.DiscardHandler)
	gw := gateway.NewRuntime(books, "bench", gateway.NoMIS(), 0, log, time.Now)
	office := server.New(server.Config{Books: books, Gateway: gw, Key: key, Policy: server.DefaultLimits(), Now: time.Now, Log: log})
	ctx, stop := context.WithCancel(b.Context())
	officeLink := benchLink(b, mqttlink.Config{Broker: url, ClientID: "office", Subscriptions: server.Subscriptions(), OnMessage: office.OnMessage, Queue: 1024})
	ended := make(chan struct{})
	go func() { office.Run(ctx, officeLink); close(ended) }()
	acks := make(chan wire.Ack, 256)
	kiosk := benchLink(b, mqttlink.Config{
		Broker: url, ClientID: "10000001", Subscriptions: []mqttlink.Subscription{{Filter: wire.Down("10000001", wire.ChanAck, ""), QoS: 1}},
		OnMessage: func(_ string, p []byte) {
			var a wire.Ack
			if wire.Decode(p, &a) == nil {
				acks <- a
			}
		},
	})
	defer func() {
		stop()
		<-ended
		for _, l := range []*mqttlink.Link{kiosk, officeLink} {
			if err := l.Close(context.Background()); err != nil {
				b.Error(err)
			}
		}
	}()

	tape.acked = 0
	sender := outbox.New(outbox.Config{}, tape, rand.Float64)
	began := time.Now()
	sender.Connected(began)
	for tape.acked < tape.head.Seq {
		batches, err := sender.Advance(time.Now())
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range batches {
			if err := kiosk.Publish(b.Context(), wire.Up("10000001", wire.ChanRec, ""), p.Payload, 1, false); err != nil {
				b.Fatal(err)
			}
		}
		select {
		case a := <-acks:
			if err := sender.Acked(time.Now(), a); err != nil {
				b.Fatal(err)
			}
		case <-time.After(30 * time.Second):
			b.Fatal("no acknowledgement")
		}
	}
	return time.Since(began)
}

// tape is a journal in memory.
type tape struct {
	recs  []record.Record
	head  record.Head
	acked uint64
}

func (t *tape) Head() record.Head               { return t.head }
func (t *tape) Acknowledged() uint64            { return t.acked }
func (t *tape) Acknowledge(h record.Head) error { t.acked = h.Seq; return nil }
func (t *tape) Rewind(h record.Head) error      { t.acked = h.Seq; return nil }
func (t *tape) Read(from uint64, limit, _ int) ([]record.Record, error) {
	return t.recs[from-1 : min(from-1+uint64(limit), uint64(len(t.recs)))], nil
}

func newTape(b *testing.B, n int) *tape {
	t := &tape{head: record.Head{Hash: record.Genesis("10000001", 0)}}
	for range n {
		serial := payments.Serial("10000001", 0, t.head.Seq+1)
		for _, e := range []payments.Event{
			payments.Opened{Account: "1000000001", Name: "张**", Address: "示范市人民路***", Arrears: 12850, Online: true, Tender: "cash", Limit: 500000, OpenedAt: 1_764_000_000_000},
			cash.NoteAccepted{Note: 0, Value: 10000},
			cash.NoteStacked{Note: 0, Value: 10000, Evidence: "stacked"},
			cash.NoteAccepted{Note: 1, Value: 5000},
			cash.NoteStacked{Note: 1, Value: 5000, Evidence: "stacked"},
			cash.Closed{Total: 15000, Account: "1000000001", Tender: "cash", ClosedAt: 1_764_000_060_000, Reason: "customer"},
			payments.SlipAttempt{Copy: 1, Kind: "pending", Outcome: "started"},
			payments.SlipAttempt{Copy: 1, Kind: "pending", Outcome: "printed"},
		} {
			d, err := payments.Draft(serial, e)
			if err != nil {
				b.Fatal(err)
			}
			r, _, next, err := t.head.Seal(record.Stamp{Boot: 1, Time: time.UnixMilli(1_764_000_000_000 + int64(t.head.Seq)*900), Trust: record.Synchronised}, d)
			if err != nil {
				b.Fatal(err)
			}
			t.recs, t.head = append(t.recs, r), next
		}
	}
	return t
}

func benchLink(b *testing.B, cfg mqttlink.Config) *mqttlink.Link {
	up := make(chan struct{}, 1)
	cfg.Rand, cfg.MinBackoff, cfg.MaxBackoff = rand.Float64, 20*time.Millisecond, 100*time.Millisecond
	cfg.OnUp = func() {
		select {
		case up <- struct{}{}:
		default:
		}
	}
	l, err := mqttlink.Dial(cfg)
	if err != nil {
		b.Fatal(err)
	}
	select {
	case <-up:
	case <-time.After(20 * time.Second):
		b.Fatal("the link does not come up")
	}
	return l
}

func benchBroker(b *testing.B) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := ln.Addr().(*net.TCPAddr)
	_ = ln.Close()
	conf := filepath.Join(b.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\npersistence false\nset_tcp_nodelay true\nlog_dest none\nuser root\n", addr.Port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("mosquitto", "-c", conf)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return fmt.Sprintf("tcp://%s", addr)
}
