package ccnetsim_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
)

// Literal frames.
const (
	reset    = "02 03 06 30 41 B3"
	status   = "02 03 06 31 C8 A2"
	poll     = "02 03 06 33 DA 81"
	ack      = "02 03 06 00 C2 82"
	stack    = "02 03 06 35 EC E4"
	giveBack = "02 03 06 36 77 D6"
	hold     = "02 03 06 38 09 3F"
	enable   = "02 03 0C 34 00 00 78 00 00 78 45 4C"
	illegal  = reset
	stIdle   = "02 03 06 14 67 D4"
	stOff    = "02 03 06 19 82 0F"
	escrow4  = "02 03 07 80 04 A8 75"
	stacked4 = "02 03 07 81 04 70 6C"
)

// bench talks to a device by literal frames.
type bench struct {
	t   *testing.T
	dev *ccnetsim.Device
	now time.Time
}

func newBench(t *testing.T, cfg ccnetsim.Config) *bench {
	return &bench{t: t, dev: ccnetsim.New(cfg), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
}

func (b *bench) send(tx string) []byte {
	b.dev.Receive(b.now, billtest.Hex(b.t, tx))
	b.now = b.now.Add(4 * time.Millisecond)
	if early := b.dev.Advance(b.now); early != nil {
		b.t.Fatalf("% X came before the reply delay", early)
	}
	b.now = b.now.Add(16 * time.Millisecond)
	return b.dev.Advance(b.now)
}

func (b *bench) expect(tx, want string) {
	b.t.Helper()
	if got := b.send(tx); !bytes.Equal(got, billtest.Hex(b.t, want)) {
		b.t.Fatalf("%s answered % X, want %s", tx, got, want)
	}
}

// state polls and compares the payload.
func (b *bench) state(want string) {
	b.t.Helper()
	got := b.send(poll)
	if len(got) < 6 || !bytes.Equal(got[3:len(got)-2], billtest.Hex(b.t, want)) {
		b.t.Fatalf("state % X, want payload %s", got, want)
	}
}

func (b *bench) wait(d time.Duration) { b.now = b.now.Add(d); b.dev.Advance(b.now) }

func (b *bench) ready() {
	b.t.Helper()
	b.state("10")
	b.expect(enable, illegal)
	b.expect(reset, ack)
	b.state("13")
	b.wait(3 * time.Second)
	b.expect(poll, stOff)
	b.expect(enable, ack)
	b.expect(poll, stIdle)
}

func (b *bench) insert(fen int64, outcome string) {
	b.t.Helper()
	if err := b.dev.Insert(b.now, fen, outcome); err != nil {
		b.t.Fatal(err)
	}
	b.state("15")
	b.wait(800 * time.Millisecond)
}

func TestStackBytes(t *testing.T) {
	b := newBench(t, ccnetsim.Config{})
	b.ready()
	b.expect(stack, illegal)
	b.insert(2000, billsim.Genuine)
	b.expect(poll, escrow4)
	b.expect(stack, ack)
	b.state("17")
	if len(b.dev.Cassette()) != 0 {
		t.Error("in the cassette before the lever")
	}
	b.wait(600 * time.Millisecond)
	if got := b.dev.Cassette(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("cassette %v past the lever, want one of 20 yuan", got)
	}
	b.wait(time.Second)
	b.expect(poll, stacked4)
	b.expect(poll, stacked4) // until acknowledged
	if got := b.send(status); len(got) != 11 {
		t.Errorf("status % X, want 6 bytes of data", got)
	}
	b.send(ack) // that of the status, not of the 81
	b.expect(poll, stacked4)
	b.send(ack)
	b.expect(poll, stIdle)
}

func TestEscrowTimeoutAndHold(t *testing.T) {
	b := newBench(t, ccnetsim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(9 * time.Second)
	b.expect(hold, ack)
	b.wait(9 * time.Second)
	b.expect(poll, escrow4)
	b.wait(1200 * time.Millisecond)
	b.state("18")
	b.wait(time.Second)
	b.state("82 04")
	b.state("82 04")
	b.send(ack)
	b.expect(poll, stIdle)
	b.expect(giveBack, illegal)
	if got := b.dev.Returned(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("returned %v", got)
	}
}

func TestRejectBytes(t *testing.T) {
	for _, tt := range []struct {
		fen     int64
		outcome string
		want    string
	}{
		{2000, billsim.Suspect, "1C 66"},
		{2000, billsim.Unreadable, "1C 65"},
		{100, billsim.Genuine, "1C 68"}, // not enabled
		{300, billsim.Genuine, "1C 65"}, // not known
	} {
		b := newBench(t, ccnetsim.Config{})
		b.ready()
		b.insert(tt.fen, tt.outcome)
		b.state(tt.want)
		b.wait(time.Second)
		b.expect(poll, stIdle)
		if got := b.dev.Returned(); !slices.Equal(got, []int64{tt.fen}) {
			t.Errorf("returned %v, want %d", got, tt.fen)
		}
	}
}

func TestInsertRefused(t *testing.T) {
	b := newBench(t, ccnetsim.Config{})
	try := func(when string) {
		t.Helper()
		if err := b.dev.Insert(b.now, 2000, billsim.Genuine); !errors.Is(err, billsim.ErrSlot) {
			t.Errorf("%s: error %v, want ErrSlot", when, err)
		}
	}
	try("power-up")
	b.ready()
	if err := b.dev.Insert(b.now, 2000, "golden"); err == nil {
		t.Error("an unknown outcome was accepted")
	}
	b.insert(2000, billsim.Genuine)
	try("escrow")
	b.dev.PowerCut(b.now)
	try("no power")
}

// TestPowerCutByPosition checks the table of the package comment.
func TestPowerCutByPosition(t *testing.T) {
	for _, tt := range []struct {
		name  string
		drive func(b *bench)
		want  string
		after string // after RESET
		in    int
		back  int
	}{
		{"idle", func(*bench) {}, "10", "19", 0, 0},
		{"escrow", func(b *bench) {}, "11", "19", 0, 1},
		{"before the lever", func(b *bench) { b.expect(stack, ack); b.wait(500 * time.Millisecond) }, "11", "19", 0, 1},
		{"past the lever", func(b *bench) { b.expect(stack, ack); b.wait(650 * time.Millisecond) }, "12", "19", 1, 0},
		{"81 not acknowledged", func(b *bench) { b.expect(stack, ack); b.wait(2 * time.Second); b.expect(poll, stacked4) }, "12", "19", 1, 0},
		{"81 acknowledged", func(b *bench) {
			b.expect(stack, ack)
			b.wait(2 * time.Second)
			b.expect(poll, stacked4)
			b.send(ack)
		}, "10", "19", 1, 0},
		{"returning", func(b *bench) { b.expect(giveBack, ack); b.wait(500 * time.Millisecond) }, "11", "19", 0, 1},
		{"returned", func(b *bench) { b.expect(giveBack, ack); b.wait(time.Second) }, "10", "19", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, ccnetsim.Config{})
			b.ready()
			if tt.name != "idle" {
				b.insert(2000, billsim.Genuine)
			}
			tt.drive(b)
			for range 2 { // a second cut changes nothing
				b.dev.PowerCut(b.now)
				if got := b.send(poll); got != nil {
					t.Fatalf("% X without power", got)
				}
				b.dev.PowerOn(b.now)
				if got := b.send(poll); got != nil {
					t.Fatalf("% X while booting", got)
				}
				b.wait(time.Second)
				b.state(tt.want)
			}
			b.expect(reset, ack)
			b.state("13")
			b.wait(4 * time.Second)
			b.state(tt.after)
			if len(b.dev.Cassette()) != tt.in || len(b.dev.Returned()) != tt.back {
				t.Errorf("cassette %v, returned %v", b.dev.Cassette(), b.dev.Returned())
			}
		})
	}
}

func TestFaultBytes(t *testing.T) {
	for kind, want := range map[string]string{
		billsim.Jam: "43", billsim.JamCassette: "44", billsim.CassetteOut: "42", billsim.CassetteFull: "41",
		billsim.Cheat: "45", billsim.Failure: "47 50",
	} {
		b := newBench(t, ccnetsim.Config{})
		b.ready()
		if err := b.dev.Fault(kind, false); err != nil {
			t.Fatal(err)
		}
		b.state(want)
		if err := b.dev.Fault(kind, true); err != nil {
			t.Fatal(err)
		}
		b.state("13")
	}
	b := newBench(t, ccnetsim.Config{})
	for _, kind := range []string{"fire", billsim.Noise} {
		if b.dev.Fault(kind, false) == nil {
			t.Errorf("fault %q was accepted", kind)
		}
	}
}

func TestCollection(t *testing.T) {
	b := newBench(t, ccnetsim.Config{Config: billsim.Config{Capacity: 1}})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.expect(stack, ack)
	b.wait(2 * time.Second)
	b.expect(poll, stacked4)
	b.send(ack)
	b.state("41")
	if got := b.dev.CassetteEmpty(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("collected %v", got)
	}
	b.state("13")
	if got := b.dev.Cassette(); len(got) != 0 {
		t.Errorf("cassette %v after the collection", got)
	}
}

func TestPlantedNotes(t *testing.T) {
	for kind, want := range map[string]string{billsim.PowerUpWithNote: "11", billsim.PowerUpWithStacked: "12"} {
		b := newBench(t, ccnetsim.Config{Config: billsim.Config{Off: true}})
		if err := b.dev.Fault(kind, false); err != nil {
			t.Fatal(err)
		}
		b.dev.PowerOn(b.now)
		b.wait(time.Second)
		b.state(want)
		b.dev.PowerCut(b.now)
		b.expect(reset, "")
	}
}
