package id003sim_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003/id003sim"
)

// Literal frames.
const (
	poll     = "FC 05 11 27 56"
	reset    = "FC 05 40 2B 15"
	stack1   = "FC 05 41 A2 04"
	stack    = "FC 05 42 39 36"
	giveBack = "FC 05 43 B0 27"
	hold     = "FC 05 44 0F 53"
	ack      = "FC 05 50 AA 05"
	currency = "FC 05 8A 7D 7C"
	enable   = "FC 07 C0 C0 00 87 7F"
	from20   = "FC 07 C0 C7 00 8F 32"
	open     = "FC 06 C3 00 04 D6"
	shut     = "FC 06 C3 01 8D C7"
	security = "FC 07 C1 00 00 F1 EF"
	invalid  = "FC 05 4B F8 AB"
	stIdle   = poll
	stOff    = "FC 05 1A F4 E8"
	stInit   = "FC 05 1B 7D F9"
	escrow64 = "FC 06 13 64 1D AC"
	valid    = "FC 05 15 03 10"
	valid64  = "FC 06 15 64 CD F8"
)

// bench talks to a device by literal frames.
type bench struct {
	t   *testing.T
	dev *id003sim.Device
	now time.Time
}

func newBench(t *testing.T, cfg id003sim.Config) *bench {
	return &bench{t: t, dev: id003sim.New(cfg), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
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
	if len(got) < 5 || !bytes.Equal(got[2:len(got)-2], billtest.Hex(b.t, want)) {
		b.t.Fatalf("state % X, want payload %s", got, want)
	}
}

func (b *bench) wait(d time.Duration) { b.now = b.now.Add(d); b.dev.Advance(b.now) }

func (b *bench) ready() {
	b.t.Helper()
	b.state("40")
	b.expect(enable, invalid)
	b.expect(reset, ack)
	b.expect(poll, stInit)
	b.expect(enable, enable)
	b.expect(security, security)
	b.wait(3 * time.Second)
	b.expect(poll, stOff)
	b.expect(open, open)
	b.expect(poll, stIdle)
}

func (b *bench) insert(fen int64, outcome string) {
	b.t.Helper()
	if err := b.dev.Insert(b.now, fen, outcome); err != nil {
		b.t.Fatal(err)
	}
	b.state("12")
	b.wait(800 * time.Millisecond)
}

func TestStackBytes(t *testing.T) {
	b := newBench(t, id003sim.Config{})
	b.ready()
	b.expect(stack, invalid)
	b.insert(2000, billsim.Genuine)
	b.expect(poll, escrow64)
	b.expect(stack, ack)
	b.state("14")
	if len(b.dev.Cassette()) != 0 {
		t.Error("in the cassette before the lever")
	}
	b.wait(600 * time.Millisecond)
	if got := b.dev.Cassette(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("cassette %v past the lever, want one of 20 yuan", got)
	}
	b.wait(time.Second)
	b.expect(poll, valid)
	b.expect(poll, valid) // until acknowledged
	b.expect(shut, shut)
	b.expect(ack, "") // not after a poll
	b.expect(poll, valid)
	b.expect(ack, "")
	b.state("16")
	b.wait(time.Second)
	b.expect(poll, stOff)
}

func TestCurrencyBytes(t *testing.T) {
	b := newBench(t, id003sim.Config{})
	b.expect(currency, "FC 25 8A 61 2D 01 00 62 2D 05 00 63 2D 01 01 64 2D 02 01 65 2D 05 01 66 2D 01 02 67 00 00 00 68 00 00 00 5D 9A")
	if got := b.send("FC 05 88 6F 5F"); len(got) < 6 || got[2] != 0x88 {
		t.Errorf("version % X", got)
	}
}

func TestReadsSettings(t *testing.T) {
	b := newBench(t, id003sim.Config{})
	b.expect("FC 05 80 27 D3", "FC 07 80 FF FF E3 43")
	b.ready()
	b.expect("FC 05 80 27 D3", "FC 07 80 C0 00 F1 79")
	b.expect("FC 05 83 BC E1", "FC 06 83 00 62 90")
	b.expect(shut, shut)
	b.expect("FC 05 83 BC E1", "FC 06 83 01 EB 81")
	b.expect("FC 06 C2 01 55 DE", "FC 06 C2 01 55 DE")
	b.expect("FC 05 82 35 F0", "FC 06 82 01 33 98")
}

// TestStack1Bytes: STACK-1 tells of a note from the lever on. Once that was ACKed nothing
// more is told of it, whatever becomes of the power.
func TestStack1Bytes(t *testing.T) {
	for _, cut := range []bool{false, true} {
		b := newBench(t, id003sim.Config{Config: billsim.Config{StackTime: 2 * time.Second}})
		b.ready()
		b.expect(stack1, invalid)
		b.insert(2000, billsim.Genuine)
		b.expect(poll, escrow64)
		b.expect(stack1, ack)
		b.state("14")
		b.wait(600 * time.Millisecond)
		b.expect(poll, valid)
		b.expect(ack, "")
		b.state("16")
		if cut {
			b.dev.PowerCut(b.now)
			b.dev.PowerOn(b.now)
			b.wait(time.Second)
			b.state("40")
			continue
		}
		b.wait(2 * time.Second)
		b.expect(poll, stIdle)
		if got := b.dev.Cassette(); !slices.Equal(got, []int64{2000}) {
			t.Errorf("cassette %v, want one of 20 yuan", got)
		}
	}
}

func TestEscrowTimeoutAndHold(t *testing.T) {
	for _, tt := range []struct {
		cfg        id003sim.Config
		held, away string
	}{
		{id003sim.Config{}, "19", "18"},
		{id003sim.Config{NoHolding: true, Rejects: true}, "13 64", "17 79"},
	} {
		b := newBench(t, tt.cfg)
		b.ready()
		b.insert(2000, billsim.Genuine)
		b.wait(9 * time.Second)
		b.expect(hold, ack)
		b.wait(9 * time.Second)
		b.state(tt.held)
		b.wait(1200 * time.Millisecond)
		b.state(tt.away)
		b.wait(time.Second)
		b.expect(poll, stIdle)
		b.expect(giveBack, invalid)
		if got := b.dev.Returned(); !slices.Equal(got, []int64{2000}) {
			t.Errorf("returned %v", got)
		}
	}
}

func TestRejectBytes(t *testing.T) {
	for _, tt := range []struct {
		fen     int64
		outcome string
		want    string
	}{
		{2000, billsim.Suspect, "17 72"},
		{2000, billsim.Unreadable, "17 76"},
		{1000, billsim.Genuine, "17 79"}, // not enabled
		{300, billsim.Genuine, "17 76"},  // not known
	} {
		b := newBench(t, id003sim.Config{})
		b.ready()
		b.expect(from20, from20)
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
	b := newBench(t, id003sim.Config{})
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
	b.expect(stack, ack)
	b.wait(2 * time.Second)
	try("vend valid")
	b.expect(poll, valid)
	b.expect(ack, "")
	b.state("16")
	try("stacked")
	b.expect(shut, shut)
	b.wait(time.Second)
	try("inhibited")
	b.dev.PowerCut(b.now)
	try("no power")
}

// TestPowerCutByPosition checks the table of the package comment.
func TestPowerCutByPosition(t *testing.T) {
	for _, tt := range []struct {
		name  string
		drive func(b *bench)
		want  string
		in    int
		back  int
	}{
		{"idle", func(*bench) {}, "40", 0, 0},
		{"escrow", func(*bench) {}, "41", 0, 1},
		{"before the lever", func(b *bench) { b.expect(stack, ack); b.wait(500 * time.Millisecond) }, "41", 0, 1},
		{"past the lever", func(b *bench) { b.expect(stack, ack); b.wait(650 * time.Millisecond) }, "42", 1, 0},
		{"15 not acknowledged", func(b *bench) { b.expect(stack, ack); b.wait(2 * time.Second); b.expect(poll, valid) }, "42", 1, 0},
		{"15 acknowledged", func(b *bench) {
			b.expect(stack, ack)
			b.wait(2 * time.Second)
			b.expect(poll, valid)
			b.send(ack)
		}, "40", 1, 0},
		{"returning", func(b *bench) { b.expect(giveBack, ack); b.wait(500 * time.Millisecond) }, "41", 0, 1},
		{"returned", func(b *bench) { b.expect(giveBack, ack); b.wait(time.Second) }, "40", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, id003sim.Config{})
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
			b.expect(poll, stInit)
			b.wait(4 * time.Second)
			b.expect(poll, stOff)
			if len(b.dev.Cassette()) != tt.in || len(b.dev.Returned()) != tt.back {
				t.Errorf("cassette %v, returned %v", b.dev.Cassette(), b.dev.Returned())
			}
		})
	}
}

func TestFaultBytes(t *testing.T) {
	for kind, want := range map[string]string{
		billsim.Jam: "45", billsim.JamCassette: "46", billsim.CassetteOut: "44", billsim.CassetteFull: "43",
		billsim.Cheat: "48", billsim.Failure: "49 A2",
	} {
		b := newBench(t, id003sim.Config{})
		b.ready()
		if err := b.dev.Fault(kind, false); err != nil {
			t.Fatal(err)
		}
		b.state(want)
		if err := b.dev.Fault(kind, true); err != nil {
			t.Fatal(err)
		}
		b.state("1B")
	}
	b := newBench(t, id003sim.Config{})
	for _, kind := range []string{"fire", billsim.Noise} {
		if b.dev.Fault(kind, false) == nil {
			t.Errorf("fault %q was accepted", kind)
		}
	}
}

func TestPlantedNotes(t *testing.T) {
	for kind, want := range map[string]string{billsim.PowerUpWithNote: "41", billsim.PowerUpWithStacked: "42"} {
		b := newBench(t, id003sim.Config{Config: billsim.Config{Off: true}})
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

func TestCollection(t *testing.T) {
	b := newBench(t, id003sim.Config{NamesNote: true, Config: billsim.Config{Capacity: 1}})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.expect(stack, ack)
	b.wait(2 * time.Second)
	b.expect(poll, valid64)
	b.expect(ack, "")
	b.state("43")
	if got := b.dev.CassetteEmpty(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("collected %v", got)
	}
	b.state("1B")
	if got := b.dev.Cassette(); len(got) != 0 {
		t.Errorf("cassette %v after the collection", got)
	}
}

// TestKinds: what devices do differently.
func TestKinds(t *testing.T) {
	b := newBench(t, id003sim.Config{OpenReset: true})
	b.expect(reset, ack)
	b.wait(4 * time.Second)
	b.expect(poll, stIdle)

	b = newBench(t, id003sim.Config{Waits: true})
	b.expect(reset, ack)
	b.wait(time.Minute)
	b.expect(poll, stInit)
	b.expect(shut, shut)
	b.expect(poll, stOff)

	b = newBench(t, id003sim.Config{Complains: true})
	b.expect("FC 05 11 27 57", "FC 05 4A 71 BA")

	b = newBench(t, id003sim.Config{Echo: true})
	b.dev.Receive(b.now, billtest.Hex(t, poll))
	if got := b.dev.Advance(b.dev.Wake()); !bytes.Equal(got, billtest.Hex(t, poll)) {
		t.Errorf("echo % X", got)
	}
	if got := b.dev.Advance(b.dev.Wake()); !bytes.Equal(got, billtest.Hex(t, reset)) { // 40
		t.Errorf("reply % X after the echo", got)
	}

	b = newBench(t, id003sim.Config{HangAfter: time.Minute})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.expect(stack, ack)
	b.wait(2 * time.Second)
	b.expect(poll, valid)
	b.wait(time.Minute)
	b.expect(poll, "")
	b.expect(reset, ack)
	b.wait(4 * time.Second)
	b.expect(poll, valid)
	b.expect(ack, "")
	b.state("16")
}

func TestRecoveryBytes(t *testing.T) {
	b := newBench(t, id003sim.Config{Recovery: true, Config: billsim.Config{Off: true}})
	if err := b.dev.Fault(billsim.PowerUpWithStacked, false); err != nil {
		t.Fatal(err)
	}
	b.dev.PowerOn(b.now)
	b.wait(time.Second)
	b.state("42")
	b.expect(reset, ack)
	b.expect(poll, stInit)
	b.expect(enable, enable)
	b.expect(open, open)
	b.wait(3 * time.Second)
	b.state("14")
	b.wait(time.Second)
	b.expect(poll, valid)
	if err := b.dev.Insert(b.now, 2000, billsim.Genuine); !errors.Is(err, billsim.ErrSlot) {
		t.Errorf("a note was taken after a 15: %v", err)
	}
	b.expect(ack, "")
	b.state("16")
	b.wait(time.Second)
	b.expect(poll, stIdle)
	if n := len(b.dev.Cassette()); n != 1 {
		t.Errorf("%d notes in the cassette, want 1", n)
	}
}
