package pcsc

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Requests as a C program with pcsc-lite's structures puts them on the socket of
// an amd64 host.
func TestRequests(t *testing.T) {
	for _, tt := range []struct {
		cmd  uint32
		body []byte
		want string
	}{
		{CmdVersion, words(4, 4, 0), "0c00000011000000" + "040000000400000000000000"},
		{CmdEstablish, words(ScopeSystem, 0, 0), "0c00000001000000" + "020000000000000000000000"},
		{CmdReaders, nil, "0000000012000000"},
		{CmdTransmit, transmitBody(0x7660166E, 1, 7), "2000000009000000" + "6e166076" + "01000000" + "10000000" + "07000000" + "01000000" + "10000000" + "02010000" + "00000000"},
		{CmdDisconnect, words(0x7660166E, UnpowerCard, 0), "0c00000006000000" + "6e1660760200000000000000"},
	} {
		if got := AppendRequest(nil, tt.cmd, tt.body); !bytes.Equal(got, unhex(t, tt.want)) {
			t.Errorf("command %#x: %x, want %s", tt.cmd, got, tt.want)
		}
	}
	b := connectBody(0x6D6C5DAE, "Virtual PCD 00 00", ShareExclusive)
	want := "ae5d6c6d" + hex.EncodeToString([]byte("Virtual PCD 00 00")) + strings.Repeat("00", 111) + "01000000" + "03000000" + strings.Repeat("00", 12)
	if !bytes.Equal(b, unhex(t, want)) {
		t.Errorf("connect: %x", b)
	}
}

// One reader as pcscd 1.9.9 sent it, with the virtual reader and a card in it.
func TestParseReaders(t *testing.T) {
	one := hex.EncodeToString([]byte("Virtual PCD 00 00")) + strings.Repeat("00", 111) + "01000000" + "34000000" + "00000000" +
		"3b6500002063cb6a00000000000000000000000000000000000000000000000000" + "000000" + "09000000" + "00000000"
	reply := unhex(t, one+strings.Repeat("00", 15*184))
	rs, err := ParseReaders(reply)
	if err != nil || len(rs) != 1 {
		t.Fatalf("%d readers, %v", len(rs), err)
	}
	r := rs[0]
	if r.Name != "Virtual PCD 00 00" || r.Events != 1 || r.State != StatePresent|StatePowered|StateReady || r.Sharing != 0 ||
		hex.EncodeToString(r.ATR) != "3b6500002063cb6a00" || r.Protocol != 0 {
		t.Errorf("reader %+v", r)
	}
	if got := AppendReader(nil, r); !bytes.Equal(got, reply[:ReaderSize]) {
		t.Error("the reader does not survive")
	}
	if _, err := ParseReaders(reply[1:]); !errors.Is(err, ErrMessage) {
		t.Errorf("short reply: %v", err)
	}
	reply[176] = 34 // longer than an ATR can be
	if _, err := ParseReaders(reply); !errors.Is(err, ErrMessage) {
		t.Errorf("long ATR: %v", err)
	}
}

func TestReplySize(t *testing.T) {
	good := make([]byte, TransmitSize)
	good[24] = 10
	if n, ok, err := replySize(CmdTransmit, good); n != 42 || !ok || err != nil {
		t.Errorf("%d, %v, %v", n, ok, err)
	}
	if _, ok, err := replySize(CmdTransmit, good[:31]); ok || err != nil {
		t.Errorf("half a reply: %v, %v", ok, err)
	}
	failed := append([]byte(nil), good...)
	order.PutUint32(failed[28:], uint32(NotTransacted))
	if n, ok, err := replySize(CmdTransmit, failed); n != 32 || !ok || err != nil {
		t.Errorf("failed: %d, %v, %v", n, ok, err)
	}
	good[26] = 1 // 65546 bytes
	if _, _, err := replySize(CmdTransmit, good); !errors.Is(err, ErrMessage) {
		t.Errorf("long answer: %v", err)
	}
	if _, _, err := replySize(0x55, nil); !errors.Is(err, ErrMessage) {
		t.Errorf("unknown command: %v", err)
	}
}

func TestCodes(t *testing.T) {
	for c, want := range map[Code]error{
		NoSmartcard: card.ErrNoCard, CardRemoved: card.ErrNoCard, Unresponsive: card.ErrMute, Unpowered: card.ErrMute,
		SharingViolation: card.ErrDevice, InternalError: card.ErrDevice, 0x12345678: card.ErrDevice,
	} {
		if !errors.Is(c.wrap(), want) {
			t.Errorf("%v: %v, want %v", c, c.wrap(), want)
		}
	}
	for c, want := range map[Code]bool{NotTransacted: false, NoSmartcard: false, ReaderUnavailable: false, InternalError: false, CardRemoved: true, CardWasReset: true} {
		if c.unsent() != want {
			t.Errorf("%v: unsent %v, want %v", c, c.unsent(), want)
		}
	}
}

func TestConfigCheck(t *testing.T) {
	for _, tt := range []struct {
		cfg Config
		bad bool
	}{
		{Config{}, false},
		{Config{PseudoAPDU: ACR, Reader: "ACS"}, false},
		{Config{PseudoAPDU: "omnikey"}, true},
		{Config{Reader: strings.Repeat("x", NameSize)}, true},
	} {
		if err := tt.cfg.Check(); (err != nil) != tt.bad {
			t.Errorf("%+v: %v", tt.cfg, err)
		}
	}
}

// pcscd here is a goroutine on a socket.
func TestOpen(t *testing.T) {
	for _, tt := range []struct{ name, reply, want string }{
		{"agrees", "040000000400000000000000", ""},
		{"too new", "05000000000000001e001080", "it speaks protocol 5.0: service stopped"},
		{"refuses us", "", "connection was refused"},
	} {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		heard := make(chan []byte, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			b := make([]byte, 64)
			n, _ := c.Read(b)
			c.Write(unhex(t, tt.reply))
			if tt.want == "" {
				c.Read(b) // a request follows
				c.Write([]byte{1, 2, 3})
			}
			heard <- b[:n]
		}()
		p, err := Open(path)(context.Background())
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", tt.name, err)
			}
			l.Close()
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(AppendRecord(nil, Data, []byte{9})); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for b := make([]byte, 2); ; {
			n, err := p.Read(b)
			got = append(got, b[:n]...)
			if err != nil {
				break
			}
		}
		if want := []byte{byte(Opened), byte(Data), 0, 3, 1, 2, 3, byte(Closed)}; !bytes.Equal(got, want) {
			t.Errorf("records % X, want % X", got, want)
		}
		<-heard
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		l.Close()
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"))(context.Background()); err == nil {
		t.Error("a socket that is not there was opened")
	}
}

// The engine hangs up by a record.
func TestWriteClosedHangsUp(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	p := &conn{sock: a}
	if _, err := p.Write(AppendRecord(nil, Closed, nil)); err != nil {
		t.Fatal(err)
	}
	b.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("still open")
	}
	if _, err := p.Write([]byte{0x55}); err == nil {
		t.Error("a stream out of step was taken")
	}
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte{0x10, 0x11, 0, 3, 1, 2, 3, 0x12})
	f.Add([]byte{0x11, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, in []byte) {
		var r Records
		var out []byte
		for rest := in; len(rest) > 0; {
			before := len(rest)
			rest = r.Feed(rest)
			for {
				kind, data, ok, err := r.Next()
				if err != nil {
					return
				}
				if !ok {
					break
				}
				out = AppendRecord(out, kind, data)
			}
			if len(rest) == before {
				t.Fatal("no progress")
			}
		}
		if !bytes.HasPrefix(in, out) {
			t.Fatal("records do not survive")
		}
	})
}

// fuzzReply makes a reply to the request under way out of a few fuzzed bytes:
// mostly of the right size, and often a success.
func fuzzReply(d *Driver, in []byte) (reply, rest []byte) {
	take := func() byte {
		if len(in) == 0 {
			return 0
		}
		b := in[0]
		in = in[1:]
		return b
	}
	if d.ask == nil {
		return []byte{take()}, in
	}
	if d.ask.cmd == CmdReaders {
		r := Reader{Name: "R", Events: uint32(take() & 3), State: uint32(take()), Sharing: int32(int8(take()))}
		r.ATR = []byte{0x3B, 4, 0xA2, 0x13, 0x10, 0x91}[:take()%7]
		reply = append(AppendReader(nil, r), make([]byte, ReadersSize-ReaderSize)...)
		return reply, in
	}
	reply = make([]byte, TransmitSize)
	if d.ask.cmd == CmdTransmit {
		n := int(take())
		reply[24], reply[28] = byte(n), take()&1*0x16
		if reply[28] == 0 {
			for range n {
				reply = append(reply, take())
			}
		}
		return reply, in
	}
	n, _, _ := replySize(d.ask.cmd, nil)
	reply = make([]byte, n)
	if code := take(); code > 200 {
		order.PutUint32(reply[n-4:], uint32(InternalError)+uint32(code&0x6F))
	}
	if d.ask.cmd == CmdConnect {
		reply[140], reply[144] = 1, take()&1+1
	}
	if extra := take(); extra == 255 {
		reply = append(reply, extra)
	}
	return reply, in
}

// Whatever pcscd answers: every command ends at most once, the engine neither
// panics nor grows, and an APDU goes out once, but for the repeat after 6Cxx.
func FuzzReplies(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0x34, 0, 6, 0, 1, 0, 0, 1, 0x34, 1, 6, 0, 2, 0, 0x90, 0})
	f.Add([]byte{0, 0, 1, 0x34, 0, 6, 0, 0, 0, 0, 1, 0x34, 1, 6, 0, 2, 0, 0x61, 8, 2, 0, 0x6C, 4, 2, 0, 0x90, 0})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, in []byte) {
		now := time.Unix(1000, 0)
		d := New(Config{PseudoAPDU: ACR})
		ops := []card.Op{card.PowerOn, card.Transmit, card.Select, card.Read, card.Write, card.Verify, card.Eject}
		psc := map[card.Op][]byte{card.Transmit: {0, 0xD6, 0, 0, 1, 7}, card.Write: {1, 2}, card.Verify: {1, 2, 3}}
		for i, op := range ops {
			c := card.Command{ID: uint32(i), Op: op, Data: psc[op], Chip: card.SLE4442, Length: 4}
			if err := d.Do(now, c); err != nil {
				t.Fatal(err)
			}
		}
		ends, writes := map[uint32]int{}, 0
		tx, events := d.Advance(now, []byte{byte(Opened)})
		for step := 0; step < 400; step++ {
			for _, e := range events {
				if e.Kind != card.StatusChanged {
					ends[e.ID]++
				}
			}
			writes += bytes.Count(tx, []byte{0, 0xD6, 0, 0, 1, 7})
			if len(d.got) > ReadersSize {
				t.Fatal("the engine grows")
			}
			if len(in) == 0 {
				break
			}
			now = now.Add(50 * time.Millisecond)
			var reply []byte
			reply, in = fuzzReply(d, in)
			rx := AppendRecord(nil, Data, reply)
			if !d.open {
				rx = []byte{byte(Opened)}
			}
			tx, events = d.Advance(now, rx)
		}
		for id, n := range ends {
			if n != 1 {
				t.Fatalf("%d outcomes of command %d", n, id)
			}
		}
		if writes > 1 {
			t.Fatalf("the APDU went out %d times", writes)
		}
	})
}
