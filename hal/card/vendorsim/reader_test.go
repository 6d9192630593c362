package vendorsim_test

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/payments/metercard"
)

// bench is a Reader with a card inside, in virtual time.
type bench struct {
	t   *testing.T
	r   *vendorsim.Reader
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t, vendorsim.NewReader(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	c, err := meterissuersim.New("meter-1", metercard.Facts{
		Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4, Left: 12000,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.calls("EP_Accept"); got != "0" {
		t.Fatalf("EP_Accept: %q", got)
	}
	if err := b.r.InsertCard(b.now, c); err != nil {
		t.Fatal(err)
	}
	b.runs(time.Second)
	return b
}

// runs lets time pass, and returns what the reader says.
func (b *bench) runs(d time.Duration) (said string) {
	for end := b.now.Add(d); b.now.Before(end); b.now = b.now.Add(10 * time.Millisecond) {
		said += string(b.r.Advance(b.now))
	}
	return said
}

// calls makes a call of the library, and gives it ten seconds.
func (b *bench) calls(line string) string {
	b.r.Receive(b.now, []byte(line+"\n"))
	return strings.TrimSuffix(b.runs(10*time.Second), "\n")
}

const (
	readCard = "EP_ReadCard"
	prepare  = "EP_WriteUserInfo\t2\t0000000000000001\t0102030405060708\t0000271000000005"
	finish   = "EP_WritePurse\t0102030405060708\t0000271000000005"
	was      = "0\t0102030405060708\tcpu\tpurchase\t000000000001\t001000000003\t4\t5000\t4\t12000"
	is       = "0\t0102030405060708\tcpu\tpurchase\t000000000001\t001000000003\t5\t10000\t0\t0"
)

// TestReaderIsTheLibrary: what a real library asks is done on the card.
func TestReaderIsTheLibrary(t *testing.T) {
	b := newBench(t)
	for _, c := range [][2]string{
		{"EP_Status", "0\t2"}, {readCard, was}, {finish, "1021"}, {prepare, "0"}, {finish, "0"}, {"EP_Format", "1021"}, {"EP_Eject", "0"}, {"EP_Status", "0\t1"},
	} {
		if got := b.calls(c[0]); got != c[1] {
			t.Errorf("%.20q: %q, want %q", c[0], got, c[1])
		}
	}
	if b.r.Offered() == nil {
		t.Error("the card is not at the gate")
	}
}

// TestReaderMisbehaves: a library that crashes or hangs has done nothing more, and one whose
// process has gone orders nothing more.
func TestReaderMisbehaves(t *testing.T) {
	for name, do := range map[string]func(b *bench){
		"crash": func(b *bench) { b.misbehaves(vendorsim.FaultCrash, readCard, "crash") },
		"hang":  func(b *bench) { b.misbehaves(vendorsim.FaultHang, prepare, "hang") },
		"crash-writing": func(b *bench) {
			b.misbehaves(vendorsim.FaultCrashWriting, prepare, "crash")
			if err := b.r.Fault(vendorsim.FaultCrashWriting, true); err != nil {
				b.t.Error(err)
			}
		},
		"gone": func(b *bench) {
			b.r.Receive(b.now, []byte(prepare+"\n"))
			b.runs(200 * time.Millisecond)
			b.r.Receive(b.now, []byte("\ngone\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			do(b)
			if got := b.calls(finish); got != "1021" { // a new process has prepared nothing
				t.Errorf("finished: %q", got)
			}
			if got := b.calls(readCard); !strings.Contains(got, "\t4\t5000\t") {
				t.Errorf("the card says %q", got)
			}
			if got := b.calls(prepare) + b.calls(finish); got != "00" {
				t.Errorf("once it is over: %q", got)
			}
			if got := b.calls(readCard); got != is {
				t.Errorf("the card says %q", got)
			}
		})
	}
}

func (b *bench) misbehaves(kind, line, want string) {
	b.t.Helper()
	if err := b.r.Fault(kind, false); err != nil {
		b.t.Fatal(err)
	}
	if got := b.calls(line); got != want {
		b.t.Errorf("%s: %q, want %q", kind, got, want)
	}
}
