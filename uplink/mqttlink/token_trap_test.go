package mqttlink_test

import (
	"testing"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// book is a journal of two records in memory.
type book struct {
	recs  []record.Record
	head  record.Head
	acked uint64
}

func (b *book) Head() record.Head          { return b.head }
func (b *book) Acknowledged() uint64       { return b.acked }
func (b *book) Rewind(h record.Head) error { return b.Acknowledge(h) }

func (b *book) Acknowledge(h record.Head) error { b.acked = h.Seq; return nil }

func (b *book) Read(from uint64, _, _ int) ([]record.Record, error) { return b.recs[from-1:], nil }

// TestABrokersWordFreesNothing: the broker confirms both batches to the client
// and loses them. Nothing is freed; silence makes the sender rewind, and only
// head office's own acknowledgement frees the records.
func TestABrokersWordFreesNothing(t *testing.T) {
	const rec, ack = "wk/v1/up/10000001/rec", "wk/v1/dn/10000001/ack"
	b := newBroker(t)
	office := dial(t, b, "office", subscribe(rec, "marker"))
	office.wantUp()
	kiosk := dial(t, b, "10000001", func(c *mqttlink.Config) { subscribe(ack)(c); c.MaxInflight = 2 })
	kiosk.wantUp()

	journal := new(book)
	for range 2 {
		r, _, h, err := journal.head.Seal(record.Stamp{Boot: 1, Time: time.UnixMilli(1)}, record.Draft{Type: "note-stacked", Version: 1})
		if err != nil {
			t.Fatal(err)
		}
		journal.recs, journal.head = append(journal.recs, r), h
	}
	now := time.UnixMilli(1_764_000_000_000)
	sender := outbox.New(outbox.Config{BatchRecords: 2}, journal, func() float64 { return 0 })
	sender.Connected(now)
	send := func(want int) {
		t.Helper()
		bs, err := sender.Advance(now)
		if err != nil || len(bs) != want {
			t.Fatalf("%d batches, %v; want %d", len(bs), err, want)
		}
		for _, p := range bs {
			kiosk.publish(rec, string(p.Payload), false)
		}
	}

	b.hook.on.Store(true)
	send(1)
	for range 5 { // more than MaxInflight: that these are taken shows that the broker confirmed the batch
		kiosk.publish("void", "", false)
	}
	b.hook.on.Store(false)
	kiosk.publish("marker", "", false)
	if m := office.message(); m.Topic != "marker" {
		t.Fatalf("head office got %s, the broker should have lost it", m.Topic)
	}
	if journal.acked != 0 || sender.Backlog() != 2 {
		t.Fatalf("acknowledged %d, backlog %d: a PUBACK freed a record", journal.acked, sender.Backlog())
	}
	send(0)

	now = now.Add(outbox.DefaultAckTimeout)
	if !sender.Stalled(now) {
		t.Fatal("not stalled")
	}
	kiosk.Rebuild()
	_ = kiosk.wantDown()
	sender.Disconnected(now)
	kiosk.wantUp()
	sender.Connected(now)
	send(1)
	recs, err := wire.DecodeBatch(office.message().Payload)
	if err != nil || len(recs) != 2 {
		t.Fatalf("head office got %d records, %v", len(recs), err)
	}
	_, sum, err := recs[1].Sum()
	if err != nil {
		t.Fatal(err)
	}
	a, err := wire.Encode(wire.Ack{V: 1, Upto: 2, Hash: sum})
	if err != nil {
		t.Fatal(err)
	}
	office.publish(ack, string(a), false)
	var got wire.Ack
	if err := wire.Decode(kiosk.message().Payload, &got); err != nil {
		t.Fatal(err)
	}
	if err := sender.Acked(now, got); err != nil {
		t.Fatal(err)
	}
	if journal.acked != 2 {
		t.Errorf("acknowledged %d, want 2", journal.acked)
	}
}
