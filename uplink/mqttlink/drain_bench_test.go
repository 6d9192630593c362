package mqttlink_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

const (
	drained   = 100_000 // records
	peerLines = 60_000  // mosquitto_pub -l takes the PUBACK of an earlier message for its last one beyond 65,535 lines, and quits
	oneByOne  = 5_000   // records of the slowest method
	recTopic  = "wk/v1/up/10000001/rec"
	ackTopic  = "wk/v1/dn/10000001/ack"
	peerTopic = "peer"
)

// BenchmarkDrain empties a journal of 100,000 records with payloads of about 300
// bytes through a real mosquitto on loopback, and lets the usual tools do the
// same in the same run. Ours ends when head office has decoded every record,
// verified the chain, and its acknowledgement is back; mosquitto_pub -l (QoS 1,
// payloads only) ends when mosquitto_sub has got every line or, alone, with its
// last PUBACK, though nobody has the records then; paho publishes one at a time and
// waits for each PUBACK. Bytes are counted by a proxy between the sender and the
// broker, both directions. The broker has set_tcp_nodelay, as it must in service:
// without it the small acknowledgements wait 40 ms for company.
//
//	go test -run - -bench Drain -benchtime 3x ./uplink/mqttlink
func BenchmarkDrain(b *testing.B) {
	port := startMosquitto(b)
	journal := newTape(b, drained)
	var ours, peer, alone, single figure
	for b.Loop() {
		ours.add(drainOurs(b, port, journal))
		peer.add(drainMosquittoPub(b, port, journal, true))
		alone.add(drainMosquittoPub(b, port, journal, false))
		single.add(drainOneByOne(b, port, journal))
	}
	for name, f := range map[string]figure{"outbox": ours, "mosquitto_pub+sub": peer, "mosquitto_pub": alone, "paho-1": single} {
		b.ReportMetric(f.rate(), name+"-rec/s")
		b.ReportMetric(f.size(), name+"-B/rec")
	}
	b.ReportMetric(ours.rate()/peer.rate(), "x-mosquitto_pub+sub")
	b.ReportMetric(ours.rate()/alone.rate(), "x-mosquitto_pub")
	b.ReportMetric(ours.rate()/single.rate(), "x-paho-1")
	b.ReportMetric(ours.size()/alone.size(), "bytes-ratio")
	b.ReportMetric(0, "ns/op")
}

// figure sums runs of one method.
type figure struct {
	records, bytes int64
	took           time.Duration
}

func (f *figure) add(g figure) {
	f.records, f.bytes, f.took = f.records+g.records, f.bytes+g.bytes, f.took+g.took
}

func (f figure) rate() float64 { return float64(f.records) / f.took.Seconds() }
func (f figure) size() float64 { return float64(f.bytes) / float64(f.records) }

// tape is a journal in memory.
type tape struct {
	recs  []record.Record
	head  record.Head
	acked uint64
}

func (t *tape) Head() record.Head          { return t.head }
func (t *tape) Rewind(h record.Head) error { return t.Acknowledge(h) }

func (t *tape) Acknowledged() uint64            { return t.acked }
func (t *tape) Acknowledge(h record.Head) error { t.acked = h.Seq; return nil }

func (t *tape) Read(from uint64, limit, _ int) ([]record.Record, error) {
	return t.recs[from-1 : min(from-1+uint64(limit), uint64(len(t.recs)))], nil
}

func newTape(b *testing.B, n int) *tape {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	t := &tape{head: record.Head{Hash: record.Genesis("10000001", 0)}, recs: make([]record.Record, n)}
	sum := 0
	for i := range t.recs {
		serial := fmt.Sprintf("10000001%012d", i/6)
		p := fmt.Appendf(nil, `{"serial":%q,"account":"10000%05d","note":{"device":"bill-1","currency":"CNY","value":%d,"escrow":true,"firmware":"NV200-4.17"},`+
			`"tender":"cash","amount":%d,"total":%d,"cassette":{"id":"C-0017","notes":%d,"value":%d},"screen":"insert-cash","shift":"day","trace":"%08x%08x"}`,
			serial, rng.IntN(100000), 100*(1+rng.IntN(100)), rng.IntN(30000), rng.IntN(90000), i, 100*i, rng.Uint32(), rng.Uint32())
		at := time.UnixMilli(1_764_000_000_000 + int64(i)*950 + rng.Int64N(400))
		var err error
		t.recs[i], _, t.head, err = t.head.Seal(record.Stamp{Boot: 3, Time: at, Trust: record.Synchronised},
			record.Draft{Type: []string{"note-stacked", "payment-opened", "payment-closed"}[i%3], Txn: serial, Version: 1, Payload: p})
		if err != nil {
			b.Fatal(err)
		}
		sum += len(p)
	}
	if mean := sum / n; mean < 290 || mean > 330 {
		b.Fatalf("payloads of %d bytes, want about 300", mean)
	}
	return t
}

// up dials a link over plain TCP and waits until it is up.
func up(b *testing.B, port int, cfg mqttlink.Config) *mqttlink.Link {
	b.Helper()
	ready := make(chan struct{}, 1)
	cfg.Broker, cfg.MinBackoff = "tcp://127.0.0.1:"+strconv.Itoa(port), 20*time.Millisecond
	cfg.Rand, cfg.Queue, cfg.MaxBackoff = rand.Float64, 1024, 100*time.Millisecond
	cfg.OnUp = func() { ready <- struct{}{} }
	l, err := mqttlink.Dial(cfg)
	if err != nil {
		b.Fatal(err)
	}
	select {
	case <-ready:
	case <-time.After(patience):
		b.Fatal("the link does not come up")
	}
	return l
}

func hangUp(b *testing.B, ls ...*mqttlink.Link) {
	b.Helper()
	for _, l := range ls {
		if err := l.Close(context.Background()); err != nil {
			b.Error(err)
		}
	}
}

// farEnd is head office: it verifies, keeps and acknowledges.
type farEnd struct {
	link atomic.Pointer[mqttlink.Link]
	head record.Head
	kept int
}

func (f *farEnd) take(_ string, p []byte) {
	h, err := wire.PeekBatch(p)
	if err == nil && h.Prev == f.head.Hash {
		var recs []record.Record
		if recs, err = wire.DecodeBatch(p); err == nil { // the chain inside the batch is proven
			f.head, f.kept = h.Last, f.kept+len(recs)
		}
	}
	if err != nil {
		return
	}
	a, err := wire.Encode(wire.Ack{V: wire.Version, Upto: f.head.Seq, Hash: f.head.Hash})
	if err != nil {
		return
	}
	_ = f.link.Load().Publish(context.Background(), ackTopic, a, 1, false) // a lost acknowledgement is repeated
}

func drainOurs(b *testing.B, port int, journal *tape) figure {
	b.Helper()
	far := &farEnd{head: record.Head{Hash: record.Genesis("10000001", 0)}}
	sub := func(f string) []mqttlink.Subscription { return []mqttlink.Subscription{{Filter: f, QoS: 1}} }
	office := up(b, port, mqttlink.Config{ClientID: "office", Subscriptions: sub(recTopic), OnMessage: far.take})
	far.link.Store(office)
	proxy := startProxy(b, port)
	acks := make(chan wire.Ack, 64)
	kiosk := up(b, proxy.port(), mqttlink.Config{ClientID: "10000001", Subscriptions: sub(ackTopic), OnMessage: func(_ string, p []byte) {
		var a wire.Ack
		if wire.Decode(p, &a) == nil {
			acks <- a
		}
	}})
	defer proxy.stop()
	defer hangUp(b, kiosk, office)

	journal.acked = 0
	sender := outbox.New(outbox.Config{Window: 10}, journal, rand.Float64)
	began := time.Now()
	sender.Connected(began)
	for journal.acked < journal.head.Seq {
		batches, err := sender.Advance(time.Now())
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range batches {
			if err := kiosk.Publish(b.Context(), recTopic, p.Payload, 1, false); err != nil {
				b.Fatal(err)
			}
		}
		select {
		case a := <-acks:
			if err := sender.Acked(time.Now(), a); err != nil {
				b.Fatal(err)
			}
		case <-time.After(patience):
			b.Fatal("no acknowledgement")
		}
	}
	took := time.Since(began)
	if far.kept != drained || far.head != journal.head {
		b.Fatalf("head office has %d records, want %d", far.kept, drained)
	}
	return figure{drained, proxy.bytes.Load(), took}
}

// drainMosquittoPub publishes until mosquitto_pub has its last PUBACK and, if
// somebody listens, until that one has every line.
func drainMosquittoPub(b *testing.B, port int, journal *tape, listened bool) figure {
	b.Helper()
	var lines bytes.Buffer
	for _, r := range journal.recs[:peerLines] {
		lines.Write(r.Payload)
		lines.WriteByte('\n')
	}
	want := int64(lines.Len())
	arrived := func() int64 { return want }
	if listened {
		arrived = listen(b, port)
	}
	proxy := startProxy(b, port)
	defer proxy.stop()
	pub := exec.CommandContext(b.Context(), "mosquitto_pub", "-p", strconv.Itoa(proxy.port()), "-q", "1", "-t", peerTopic, "-l")
	pub.Stdin = &lines
	began := time.Now()
	if err := pub.Run(); err != nil {
		b.Fatalf("mosquitto_pub: %v", err)
	}
	if got := arrived(); got != want {
		b.Fatalf("mosquitto_sub got %d bytes, want %d", got, want)
	}
	return figure{peerLines, proxy.bytes.Load(), time.Since(began)}
}

// listen starts mosquitto_sub and returns when it has subscribed; the result
// waits for all lines and returns their bytes.
func listen(b *testing.B, port int) func() int64 {
	b.Helper()
	marker := up(b, port, mqttlink.Config{ClientID: "marker"})
	if err := marker.Publish(b.Context(), peerTopic, []byte("ready"), 1, true); err != nil {
		b.Fatal(err)
	}
	hangUp(b, marker)
	sub := exec.CommandContext(b.Context(), "mosquitto_sub", "-p", strconv.Itoa(port), "-q", "1", "-t", peerTopic, "-C", strconv.Itoa(peerLines+1))
	out, err := sub.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := sub.Start(); err != nil {
		b.Fatal(err)
	}
	r := bufio.NewReader(out)
	if l, err := r.ReadString('\n'); err != nil || l != "ready\n" { // the retained line: the subscription stands
		b.Fatalf("mosquitto_sub: %q, %v", l, err)
	}
	got := make(chan int64, 1)
	go func() {
		n, _ := io.Copy(io.Discard, r) // a short count is the caller's failure
		got <- n
	}()
	return func() int64 {
		n := <-got
		if err := sub.Wait(); err != nil {
			b.Fatalf("mosquitto_sub: %v", err)
		}
		return n
	}
}

func drainOneByOne(b *testing.B, port int, journal *tape) figure {
	b.Helper()
	proxy := startProxy(b, port)
	defer proxy.stop()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://127.0.0.1:" + strconv.Itoa(proxy.port())).SetClientID("single"))
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		b.Fatal(t.Error())
	}
	defer c.Disconnect(250)
	began := time.Now()
	for _, r := range journal.recs[:oneByOne] {
		if t := c.Publish("single", 1, false, r.Payload); t.Wait() && t.Error() != nil {
			b.Fatal(t.Error())
		}
	}
	return figure{oneByOne, proxy.bytes.Load(), time.Since(began)}
}

func startMosquitto(b *testing.B) int {
	b.Helper()
	for _, tool := range []string{"mosquitto", "mosquitto_pub", "mosquitto_sub"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Fatalf("%s is not installed", tool)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	_ = ln.Close()
	conf := filepath.Join(b.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\npersistence false\nset_tcp_nodelay true\nlog_dest none\nuser root\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("mosquitto", "-c", conf)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	hangUp(b, up(b, port, mqttlink.Config{ClientID: "probe"})) // the link waits for the broker
	return port
}

// proxy counts the bytes of the connections through it.
type proxy struct {
	ln    net.Listener
	to    string
	bytes atomic.Int64
	done  sync.WaitGroup
}

func startProxy(b *testing.B, port int) *proxy {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &proxy{ln: ln, to: "127.0.0.1:" + strconv.Itoa(port)}
	p.done.Go(p.serve)
	return p
}

func (p *proxy) port() int { return p.ln.Addr().(*net.TCPAddr).Port }

func (p *proxy) serve() {
	for {
		near, err := p.ln.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.done.Go(func() { p.pipe(far, near) })
		p.done.Go(func() { p.pipe(near, far) })
	}
}

func (p *proxy) pipe(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		p.bytes.Add(int64(n))
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) stop() {
	_ = p.ln.Close()
	p.done.Wait()
}
