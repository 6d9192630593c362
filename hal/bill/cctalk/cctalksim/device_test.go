package cctalksim_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/cctalk"
	"wattkiosk/hal/bill/cctalk/cctalksim"
)

// Literal frames with the sum.
const (
	events = "28 00 01 9F 38"
	ack    = "01 00 28 00 D7"
)

// bench talks to a device.
type bench struct {
	t   *testing.T
	dev *cctalksim.Device
	now time.Time
}

func newBench(t *testing.T, cfg cctalksim.Config) *bench {
	b := &bench{t: t, dev: cctalksim.New(cfg), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
	b.wait(0) // it begins to initialise
	return b
}

// expect passes one frame and compares the reply; "" for none.
func (b *bench) expect(tx, rx string) {
	b.t.Helper()
	b.dev.Receive(b.now, billtest.Hex(b.t, tx))
	b.now = b.now.Add(5 * time.Millisecond)
	if got := b.dev.Advance(b.now); !bytes.Equal(got, billtest.Hex(b.t, rx)) {
		b.t.Fatalf("%s: % X, want %q", tx, got, rx)
	}
}

// say sends a command, framed by the codec that the driver's vectors test, and
// compares the reply: header and data.
func (b *bench) say(cmd, want string) {
	b.t.Helper()
	p := billtest.Hex(b.t, cmd)
	frame, err := cctalk.AppendFrame(nil, cctalk.Frame{To: 40, From: 1, Header: p[0], Data: p[1:]}, false)
	if err != nil {
		b.t.Fatal(err)
	}
	b.dev.Receive(b.now, frame)
	b.now = b.now.Add(5 * time.Millisecond)
	dec := cctalk.Decoder{Address: 1}
	_, f, ok := dec.Next(b.dev.Advance(b.now))
	if got := append([]byte{f.Header}, f.Data...); !ok || f.From != 40 || !bytes.Equal(got, billtest.Hex(b.t, want)) {
		b.t.Fatalf("%s: % X from %d, %v; want %s", cmd, got, f.From, ok, want)
	}
}

// tells compares the buffer: the counter and its newest events.
func (b *bench) tells(want string) {
	b.t.Helper()
	b.say("9F", "00"+want+strings.Repeat("00", 11-len(billtest.Hex(b.t, want))))
}

// wait lets time pass, and the device do what is due in it, with a poll each second.
func (b *bench) wait(d time.Duration) {
	for end := b.now.Add(d); ; {
		next := min(end.Sub(b.now), time.Second)
		if at := b.dev.Wake(); !at.IsZero() && at.Sub(b.now) < next {
			next = max(at.Sub(b.now), 0)
		}
		b.now = b.now.Add(next)
		b.dev.Advance(b.now)
		if !b.now.Before(end) {
			return
		}
		if b.dev.Wake().IsZero() {
			b.dev.Receive(b.now, billtest.Hex(b.t, events))
			b.now = b.now.Add(5 * time.Millisecond)
			b.dev.Advance(b.now)
		}
	}
}

// ready enables the types 3 to 6.
func (b *bench) ready() {
	b.t.Helper()
	b.wait(4 * time.Second)
	b.say("99 03", "00")
	b.say("E7 3C 00", "00")
	b.say("E4 01", "00")
}

func (b *bench) insert(fen int64, outcome string) {
	b.t.Helper()
	if err := b.dev.Insert(b.now, fen, outcome); err != nil {
		b.t.Fatal(err)
	}
}

func TestStartBytes(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.expect(events, "01 0B 28 00 00 00 00 00 00 00 00 00 00 00 00 CC")
	b.expect("28 00 01 E8 EF", "01 00 28 06 D1") // BUSY: it initialises
	b.wait(3 * time.Second)
	b.expect("28 00 01 E8 EF", "01 01 28 00 00 D6")
	b.expect("28 00 01 F5 E2", "01 0E 28 00 42 69 6C 6C 20 56 61 6C 69 64 61 74 6F 72 80")
	b.expect("28 01 01 9D 06 33", "01 07 28 00 43 4E 30 31 30 30 41 3D")
	b.expect("28 01 01 9D 07 32", "01 07 28 00 2E 2E 2E 2E 2E 2E 2E 8E")
	b.expect("28 02 01 9C 43 4E A8", "01 03 28 00 64 00 02 6E")
	b.expect("28 00 01 E6 F1", "01 02 28 00 00 00 D5")
	b.expect("28 00 01 E3 F4", "01 01 28 00 00 D6")
	b.expect("28 01 01 9A FF 3D", "01 01 28 00 FE D8")
	b.expect("28 01 01 9A 07 35", "01 01 28 00 FF D7")
	b.expect("28 00 01 99 3E", "01 00 28 05 D2") // a byte is missing
	b.expect("28 00 01 63 74", "01 00 28 05 D2")
	b.expect("28 00 01 9F 39", "")
	b.expect("29 00 01 9F 37", "")
}

func TestIdentityBytes(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.expect("28 00 01 F6 E1", "01 03 28 00 57 4B 53 DF")
	b.expect("28 00 01 F4 E3", "01 02 28 00 42 56 3D")
	b.expect("28 00 01 C0 17", "01 07 28 00 57 4B 53 2D 31 2E 30 1F")
	b.expect("28 00 01 F2 E5", "01 03 28 00 15 CD 5B 97")
	b.expect("28 00 01 F1 E6", "01 05 28 00 56 31 2E 30 30 BD")
	b.expect("28 00 01 04 D3", "01 03 28 00 01 04 07 C8")
}

func TestChecksumAndEcho(t *testing.T) {
	b := newBench(t, cctalksim.Config{CRC: true})
	b.expect("28 00 31 9F 5D", "01 0B 9E 00 00 00 00 00 00 00 00 00 00 00 00 BF")
	b.expect("28 00 01 9F 38", "")
	b = newBench(t, cctalksim.Config{Echo: true})
	b.expect("28 01 01 99 03 3A", "28 01 01 99 03 3A"+ack)
	b.expect("28 00 01 01 D6", "28 00 01 01 D6"+ack) // RESET takes none of it
	b.dev.PowerCut(b.now)
	b.expect("28 00 01 9F 38", "28 00 01 9F 38") // the adapter's
}

func TestStackBytes(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.tells("00")
	b.wait(800 * time.Millisecond)
	b.tells("01 0401")
	b.say("9A FF", "00")
	b.say("9A 01", "00")
	b.say("9A 01", "00 FE")
	b.tells("01 0401")
	b.wait(600 * time.Millisecond)
	b.tells("02 0400 0401")
	if got := b.dev.Cassette(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("cassette %v past the lever, want one of 20 yuan", got)
	}
	b.wait(10 * time.Second)
	b.tells("02 0400 0401")
}

func TestReturnAndTimeout(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(800 * time.Millisecond)
	b.say("9A 00", "00")
	b.say("9A 00", "00 FE")
	b.wait(time.Second)
	b.tells("02 0001 0401")

	b.insert(5000, billsim.Genuine)
	b.wait(9 * time.Second)
	b.say("9A FF", "00")
	b.wait(9 * time.Second)
	b.tells("03 0501 0001 0401")
	b.wait(2 * time.Second)
	b.tells("04 0001 0501 0001 0401")
	if got := b.dev.Returned(); !slices.Equal(got, []int64{2000, 5000}) {
		t.Errorf("returned %v", got)
	}
}

func TestRejectBytes(t *testing.T) {
	for _, tt := range []struct {
		fen     int64
		outcome string
		want    string
	}{
		{2000, billsim.Suspect, "01 0003"},
		{2000, billsim.Unreadable, "01 0002"},
		{100, billsim.Genuine, "01 0004"}, // type 1 is inhibited
		{300, billsim.Genuine, "01 0002"}, // not known
	} {
		b := newBench(t, cctalksim.Config{})
		b.ready()
		b.insert(tt.fen, tt.outcome)
		b.wait(2 * time.Second)
		b.tells(tt.want)
	}
}

func TestFaultBytes(t *testing.T) {
	for kind, want := range map[string][3]string{
		billsim.Jam: {"01 0006", "27", "01 0006"}, billsim.JamCassette: {"01 0007", "27", "01 0007"},
		billsim.CassetteOut: {"01 000B", "2C", "03 000A 000C 000B"}, billsim.CassetteFull: {"01 000E", "2D", "02 000A 000E"},
		billsim.Cheat: {"01 0008", "29", "01 0008"}, billsim.Failure: {"01 000D", "26", "01 000D"},
	} {
		b := newBench(t, cctalksim.Config{})
		b.ready()
		if err := b.dev.Fault(kind, false); err != nil {
			t.Fatal(err)
		}
		b.tells(want[0])
		b.say("E8", "00"+want[1])
		if err := b.dev.Fault(kind, true); err != nil {
			t.Fatal(err)
		}
		b.wait(4 * time.Second)
		b.tells(want[2])
		b.say("E8", "00 00")
	}
	for _, kind := range []string{"fire", billsim.Noise} {
		if newBench(t, cctalksim.Config{}).dev.Fault(kind, false) == nil {
			t.Errorf("fault %q was accepted", kind)
		}
	}
}

// TestDeaf: without a command for five seconds no note is taken.
func TestDeaf(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.ready()
	b.now = b.now.Add(6 * time.Second)
	if err := b.dev.Insert(b.now, 2000, billsim.Genuine); !errors.Is(err, billsim.ErrSlot) {
		t.Errorf("error %v, want ErrSlot", err)
	}
	b.say("E3", "00 00")
	b.say("E6", "00 3C 00")
}

// TestWithoutEscrow: in the mode that it starts in, the device stacks by itself.
func TestWithoutEscrow(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.wait(4 * time.Second)
	b.say("E7 3C 00", "00")
	b.say("E4 01", "00")
	b.insert(2000, billsim.Genuine)
	b.wait(2 * time.Second)
	b.tells("01 0400")
}

func TestBare(t *testing.T) {
	b := newBench(t, cctalksim.Config{Bare: true})
	for _, cmd := range []string{"E8", "E3", "E6"} {
		b.say(cmd, "05")
	}
}

// TestPowerCutByPosition checks the table of the package comment.
func TestPowerCutByPosition(t *testing.T) {
	escrow := func(b *bench) {
		b.insert(2000, billsim.Genuine)
		b.wait(900 * time.Millisecond)
		b.tells("01 0401")
	}
	stack := func(d time.Duration) func(*bench) {
		return func(b *bench) { escrow(b); b.say("9A 01", "00"); b.wait(d) }
	}
	for _, tt := range []struct {
		name     string
		drive    func(b *bench)
		want     string
		in, back int
	}{
		{"idle", func(*bench) {}, "00", 0, 0},
		{"escrow", escrow, "01 0001", 0, 1},
		{"before the lever", stack(500 * time.Millisecond), "01 0001", 0, 1},
		{"past the lever", stack(700 * time.Millisecond), "01 0015", 1, 0},
		{"stacked wholly", stack(1500 * time.Millisecond), "00", 1, 0},
	} {
		for _, cfg := range []cctalksim.Config{{}, {Mute: true}, {Config: billsim.Config{ReportReturn: true}}} {
			want := tt.want
			if cfg.Mute {
				want = "00"
			}
			b := newBench(t, cfg)
			b.ready()
			tt.drive(b)
			b.dev.PowerCut(b.now)
			b.expect(events, "")
			b.dev.PowerOn(b.now)
			b.wait(600 * time.Millisecond)
			b.tells("00")
			b.say("E6", "00 00 00")
			b.say("E3", "00 00")
			b.wait(4 * time.Second)
			b.tells(want)
			if len(b.dev.Cassette()) != tt.in || len(b.dev.Returned()) != tt.back {
				t.Errorf("%s: cassette %v, returned %v", tt.name, b.dev.Cassette(), b.dev.Returned())
			}
		}
	}
}

func TestResetBytes(t *testing.T) {
	b := newBench(t, cctalksim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(900 * time.Millisecond)
	b.say("01", "00")
	b.tells("00")
	b.say("E8", "06")
	b.wait(4 * time.Second)
	b.tells("01 0001")
	b.say("E6", "00 00 00")
}
