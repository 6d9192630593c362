package sspsim_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/bill/ssp/sspsim"
)

// Literal frames with bit 1, as the manual prints them.
const (
	syncFrame = "7F 80 01 11 65 82"
	pollAck1  = "7F 80 01 56 F7 83"
	poll1     = "7F 80 01 07 12 02"
	ok1       = "7F 80 01 F0 23 80"
	cannot1   = "7F 80 01 F5 3D 80"
)

// bench talks to a device.
type bench struct {
	t   *testing.T
	dev *sspsim.Device
	now time.Time
	bit byte
}

func newBench(t *testing.T, cfg sspsim.Config) *bench {
	b := &bench{t: t, dev: sspsim.New(cfg), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
	b.wait(0) // it begins to initialise
	return b
}

// send passes one frame and returns the reply; nil if there is none.
func (b *bench) send(frame []byte) []byte {
	b.dev.Receive(b.now, frame)
	b.now = b.now.Add(5 * time.Millisecond)
	return b.dev.Advance(b.now)
}

func (b *bench) expect(tx, rx string) {
	b.t.Helper()
	if got := b.send(billtest.Hex(b.t, tx)); !bytes.Equal(got, billtest.Hex(b.t, rx)) {
		b.t.Fatalf("%s: % X, want %q", tx, got, rx)
	}
}

// say sends the next command, framed by the codec the driver's vectors test, and
// compares the reply's data.
func (b *bench) say(data, want string) {
	b.t.Helper()
	b.bit ^= ssp.SeqBit
	b.again(data, want)
}

// again sends a command with the sequence bit of the last.
func (b *bench) again(data, want string) {
	b.t.Helper()
	frame, err := ssp.AppendFrame(nil, b.bit, billtest.Hex(b.t, data))
	if err != nil {
		b.t.Fatal(err)
	}
	var dec ssp.Decoder
	_, seq, got, ok := dec.Next(b.send(frame))
	if !ok || seq != b.bit || !bytes.Equal(got, billtest.Hex(b.t, want)) {
		b.t.Fatalf("%s: % X with %02X, %v; want %s", data, got, seq, ok, want)
	}
}

// wait lets time pass, and the device do what is due in it.
func (b *bench) wait(d time.Duration) {
	end := b.now.Add(d)
	for at := b.dev.Wake(); !at.IsZero() && at.Before(end); at = b.dev.Wake() {
		b.dev.Advance(at)
	}
	b.now = end
	b.dev.Advance(end)
}

// ready enables the channels 3 to 6.
func (b *bench) ready(poll string) {
	b.t.Helper()
	b.wait(4 * time.Second)
	b.expect(syncFrame, ok1)
	b.bit = ssp.SeqBit
	b.say(poll, "F0 F1 E8")
	b.say("02 3C 00", "F0")
	b.say("0A", "F0")
	b.say(poll, "F0")
}

func (b *bench) insert(fen int64, outcome string) {
	b.t.Helper()
	if err := b.dev.Insert(b.now, fen, outcome); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) fault(kind string, clear bool) {
	b.t.Helper()
	if err := b.dev.Fault(kind, clear); err != nil {
		b.t.Fatal(err)
	}
}

func TestStartBytes(t *testing.T) {
	b := newBench(t, sspsim.Config{Serial: 0x1C962C})
	b.expect(syncFrame, ok1)
	b.expect("7F 00 01 18 50 08", "7F 00 01 F5 3E 0A") // HOLD
	b.expect(pollAck1, "7F 80 04 F0 B6 F1 E8 5F 6C")
	b.wait(3 * time.Second)
	b.expect(pollAck1, "7F 80 04 F0 B6 F1 E8 5F 6C") // the same bit: the same reply
	b.expect("7F 00 01 0C 28 08", "7F 00 05 F0 00 1C 96 2C D7 9F")
	b.expect(pollAck1, "7F 80 02 F0 E8 4F A2")
	b.bit = ssp.SeqBit
	b.say("06 09", "F8")
	b.say("06 05", "F0")
	b.say("05", "F0 00 30 34 32 37 43 4E 59 00 00 01 06 01 05 0A 14 32 64 02 02 02 02 02 02 00 00 64 05")
	b.say("57", "F5")
	b.say("99", "F2")
	b.say("07 00", "F3")
	b.say("08", "F5")
}

func TestStackBytes(t *testing.T) {
	b := newBench(t, sspsim.Config{})
	b.ready("56")
	b.insert(2000, billsim.Genuine)
	b.say("56", "F0 EF 00")
	b.wait(800 * time.Millisecond)
	b.say("18", "F0")
	b.say("56", "F0 EF 04")
	b.again("56", "F0 EF 04") // a repeat is no order
	b.say("18", "F0")
	b.say("56", "F0 CC")
	b.wait(650 * time.Millisecond)
	if got := b.dev.Cassette(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("cassette %v past the lever, want one of 20 yuan", got)
	}
	for range 3 {
		b.say("56", "F0 CC EE 04") // until acknowledged
		b.wait(time.Second)
	}
	if err := b.dev.Insert(b.now, 2000, billsim.Genuine); !errors.Is(err, billsim.ErrSlot) {
		t.Errorf("a note before EVENT ACK: error %v, want ErrSlot", err)
	}
	b.say("57", "F0")
	b.again("57", "F0")
	b.say("57", "F5")
	b.say("56", "F0 EB")
	b.say("56", "F0")
}

func TestPlainBytes(t *testing.T) {
	b := newBench(t, sspsim.Config{Plain: true})
	b.ready("07")
	b.say("56", "F2")
	b.insert(2000, billsim.Genuine)
	b.wait(800 * time.Millisecond)
	b.say("07", "F0 EF 04")
	b.say("07", "F0 CC")
	b.wait(650 * time.Millisecond)
	b.say("07", "F0 CC EE 04")
	b.again("18", "F0 CC EE 04") // whatever the command is
	b.wait(time.Second)
	b.say("07", "F0 EB")
	b.say("07", "F0")
}

func TestLostEventAck(t *testing.T) {
	b := newBench(t, sspsim.Config{})
	b.ready("56")
	b.insert(2000, billsim.Genuine)
	b.wait(800 * time.Millisecond)
	b.say("56", "F0 EF 04")
	b.say("56", "F0 CC")
	b.wait(2 * time.Second)
	b.say("56", "F0 EE 04")
	b.fault(billsim.LostAck, false)
	b.bit ^= ssp.SeqBit
	frame, err := ssp.AppendFrame(nil, b.bit, []byte{ssp.CmdEventAck})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.send(frame); got != nil {
		t.Fatalf("% X to a lost EVENT ACK", got)
	}
	b.again("57", "F0") // it is new to the device
	b.say("56", "F0 EB")
}

func TestEscrowTimeoutHoldReject(t *testing.T) {
	b := newBench(t, sspsim.Config{})
	b.ready("56")
	b.say("18", "F5")
	b.insert(2000, billsim.Genuine)
	b.wait(800 * time.Millisecond)
	b.say("56", "F0 EF 04")
	b.wait(9 * time.Second)
	b.say("18", "F0")
	b.wait(9 * time.Second)
	b.say("0C", "F0 00 00 00 01") // any command but a poll keeps it
	b.wait(9 * time.Second)
	b.say("18", "F0")
	b.wait(10200 * time.Millisecond)
	b.say("56", "F0 ED")
	b.wait(time.Second)
	b.say("56", "F0 EC")
	b.say("17", "F0 13")
	b.say("56", "F0")

	b.insert(5000, billsim.Genuine)
	b.wait(800 * time.Millisecond)
	b.say("56", "F0 EF 05")
	b.say("08", "F0")
	b.say("08", "F5")
	b.wait(time.Second)
	b.say("56", "F0 EC")
	b.say("17", "F0 08")
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
		{2000, billsim.Suspect, "F0 04"},
		{2000, billsim.Unreadable, "F0 02"},
		{100, billsim.Genuine, "F0 0C"}, // channel 1 is inhibited
		{300, billsim.Genuine, "F0 02"}, // not known
	} {
		for _, late := range []bool{false, true} {
			b := newBench(t, sspsim.Config{})
			b.ready("56")
			b.insert(tt.fen, tt.outcome)
			b.wait(900 * time.Millisecond)
			if late {
				b.wait(time.Minute)
				b.say("56", "F0 ED EC")
			} else {
				b.say("56", "F0 ED")
				b.wait(time.Second)
				b.say("56", "F0 ED EC")
			}
			b.say("17", tt.want)
			b.say("56", "F0")
			if got := b.dev.Returned(); !slices.Equal(got, []int64{tt.fen}) {
				t.Errorf("returned %v, want %d", got, tt.fen)
			}
		}
	}
}

func TestFaultBytes(t *testing.T) {
	for kind, want := range map[string][2]string{
		billsim.Jam: {"F0 E9", "F0"}, billsim.JamCassette: {"F0 EA", "F0"}, billsim.CassetteOut: {"F0 E3", "F0 E4"},
		billsim.CassetteFull: {"F0 E7", "F0"}, billsim.Cheat: {"F0 E6 00", "F0"},
	} {
		b := newBench(t, sspsim.Config{})
		b.ready("07")
		b.fault(kind, false)
		b.say("07", want[0])
		b.fault(kind, true)
		b.wait(4 * time.Second)
		b.say("07", want[1])
	}
	for _, tt := range []struct {
		kind  string
		plain bool
	}{{"fire", false}, {billsim.Noise, false}, {billsim.Failure, false}, {billsim.LostAck, true}} {
		if newBench(t, sspsim.Config{Plain: tt.plain}).dev.Fault(tt.kind, false) == nil {
			t.Errorf("fault %q was accepted", tt.kind)
		}
	}
}

// TestPowerCutByPosition checks the table of the package comment.
func TestPowerCutByPosition(t *testing.T) {
	escrow := func(b *bench, poll string) {
		b.insert(2000, billsim.Genuine)
		b.wait(900 * time.Millisecond)
		b.say(poll, "F0 EF 04")
	}
	stack := func(d time.Duration) func(*bench, string) {
		return func(b *bench, poll string) { escrow(b, poll); b.say(poll, "F0 CC"); b.wait(d) }
	}
	for _, tt := range []struct {
		name       string
		drive      func(b *bench, poll string)
		ack, plain string
		in, back   int
	}{
		{"idle", func(*bench, string) {}, "F0 F1 E8", "F0 F1 E8", 0, 0},
		{"escrow", escrow, "F0 F1 E1 04 E8", "F0 F1 E1 04 E8", 0, 1},
		{"before the lever", stack(500 * time.Millisecond), "F0 F1 E1 04 E8", "F0 F1 E1 04 E8", 0, 1},
		{"past the lever", stack(700 * time.Millisecond), "F0 F1 E2 04 E8", "F0 F1 E2 04 E8", 1, 0},
		{"stacked wholly", stack(1500 * time.Millisecond), "F0 F1 E2 04 E8", "F0 F1 E8", 1, 0},
	} {
		for _, plain := range []bool{false, true} {
			poll, want := "56", tt.ack
			if plain {
				poll, want = "07", tt.plain
			}
			b := newBench(t, sspsim.Config{Plain: plain})
			b.ready(poll)
			tt.drive(b, poll)
			b.dev.PowerCut(b.now)
			if got := b.send(billtest.Hex(t, poll1)); got != nil {
				t.Fatalf("%s: % X without power", tt.name, got)
			}
			b.dev.PowerOn(b.now)
			b.wait(4 * time.Second)
			b.expect(syncFrame, ok1)
			b.bit = ssp.SeqBit
			b.say(poll, want)
			b.again(poll, want)
			if !plain && strings.Contains(want, "E8") && want != "F0 F1 E8" {
				b.say(poll, want)
				b.say("57", "F0")
			}
			b.wait(4 * time.Second)
			b.say(poll, "F0 E8")
			if len(b.dev.Cassette()) != tt.in || len(b.dev.Returned()) != tt.back {
				t.Errorf("%s: cassette %v, returned %v", tt.name, b.dev.Cassette(), b.dev.Returned())
			}
		}
	}
}

func TestResetKeepsTheCredit(t *testing.T) {
	b := newBench(t, sspsim.Config{})
	b.ready("56")
	b.insert(2000, billsim.Genuine)
	b.wait(900 * time.Millisecond)
	b.say("56", "F0 EF 04")
	b.say("56", "F0 CC")
	b.wait(2 * time.Second)
	b.say("56", "F0 EE 04")
	b.say("01", "F0")
	b.wait(4 * time.Second)
	b.say("56", "F0 EE 04")
	b.say("57", "F0")
	b.say("56", "F0 F1 EB E8")
}

func TestPlantedNotes(t *testing.T) {
	for kind, want := range map[string]string{billsim.PowerUpWithNote: "F0 F1 E1 06 E8", billsim.PowerUpWithStacked: "F0 F1 E2 06 E8"} {
		b := newBench(t, sspsim.Config{Config: billsim.Config{Off: true}})
		b.fault(kind, false)
		b.dev.PowerOn(b.now)
		b.wait(4 * time.Second)
		b.expect(syncFrame, ok1)
		b.bit = ssp.SeqBit
		b.say("56", want)
	}
}

func TestStrict(t *testing.T) {
	b := newBench(t, sspsim.Config{Strict: true})
	if got := b.send(billtest.Hex(t, poll1)); got != nil {
		t.Fatalf("% X to a bit of 1 after power-up", got)
	}
	b.expect(syncFrame, ok1)
	b.expect("7F 00 01 18 50 08", "7F 00 01 F5 3E 0A")
}

func TestCollection(t *testing.T) {
	b := newBench(t, sspsim.Config{Config: billsim.Config{Capacity: 1}})
	b.ready("07")
	b.insert(2000, billsim.Genuine)
	b.wait(900 * time.Millisecond)
	b.say("07", "F0 EF 04")
	b.say("07", "F0 CC")
	b.wait(2 * time.Second)
	b.say("07", "F0 EE 04")
	b.say("07", "F0 EB E7")
	b.say("07", "F0 E7")
	if got := b.dev.CassetteEmpty(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("collected %v", got)
	}
	b.wait(4 * time.Second)
	b.say("07", "F0")
}

// TestIdentities: what other hosts ask of a device, by literal data. The counters go on
// through a power cut.
func TestIdentities(t *testing.T) {
	b := newBench(t, sspsim.Config{Table: ssp.Table{100, 500, 2000, 10000}})
	b.ready("56")
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("56", "F0 EF 03")
	b.say("56", "F0 CC")
	b.wait(time.Second)
	b.say("56", "F0 EE 03")
	b.say("57", "F0")
	b.say("56", "F0 EB")
	b.insert(2000, billsim.Suspect)
	b.wait(2 * time.Second)
	b.dev.PowerCut(b.now)
	b.dev.PowerOn(b.now)
	b.wait(5 * time.Second)
	b.say("58", "F0 05 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00")
	b.say("0D", "F0 00 30 34 32 37 43 4E 59 00 00 00 08")
	b.say("0E", "F0 04 00 00 00 00 43 4E 59 43 4E 59 43 4E 59 43 4E 59 01 00 00 00 05 00 00 00 14 00 00 00 64 00 00 00")
	b.say("0F", "F0 04 02 02 02 02")
	b.say("21", "F0 43 4E 59 30 31 30 30 30")
	b.say("0D 00", "F3")

	b = newBench(t, sspsim.Config{Plain: true, Table: ssp.Table{100, 500, 2000, 10000}})
	b.wait(4 * time.Second)
	b.say("0D", "F0 00 30 34 32 37 43 4E 59 00 00 01 05")
	b.say("0E", "F0 04 01 05 14 64")
	b.say("0F", "F0 04 02 02 02 02")
	b.say("58", "F2")
}

// TestUnaskedBytes: a note that is stacked without an order has its credit told, as the
// ordered one before it had.
func TestUnaskedBytes(t *testing.T) {
	b := newBench(t, sspsim.Config{})
	b.ready("56")
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("56", "F0 EF 04")
	b.say("56", "F0 CC")
	b.wait(time.Second)
	b.say("56", "F0 EE 04")
	b.say("57", "F0")
	b.say("56", "F0 EB")
	b.fault(billsim.Unasked, false)
	b.insert(10000, billsim.Genuine)
	b.wait(1500 * time.Millisecond)
	b.say("56", "F0 CC EE 06")
	b.say("57", "F0")
	b.wait(time.Second)
	b.say("56", "F0 EB")
}
