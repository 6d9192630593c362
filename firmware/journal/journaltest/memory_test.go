package journaltest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

func TestMemoryConforms(t *testing.T) {
	disks := map[string]*Memory{}
	Suite(t, func(_ testing.TB, o journal.Options) Store {
		m := disks[o.Dir]
		if m == nil {
			m = NewMemory(o)
		} else {
			m = m.Reopen()
			m.opts = o
		}
		disks[o.Dir] = m
		return m
	})
}

func newMemory() *Memory {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	return NewMemory(journal.Options{
		Kiosk: "K001", Clock: func() time.Time { return now }, Trust: func() record.Trust { return record.Synchronised },
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		after   int
		durable bool
		stored  uint64 // records after Reopen
	}{
		{1, false, 0},
		{1, true, 2},
		{3, false, 4},
		{3, true, 6},
	} {
		t.Run(fmt.Sprint(c.after, c.durable), func(t *testing.T) {
			m := newMemory()
			m.CutAfter(c.after, c.durable)
			for i := 1; i < c.after; i++ {
				if _, err := m.Append(draft("T1", "{}"), draft("T1", "{}")); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				_, err := m.Append(draft("T1", "{}"), draft("T1", "{}"))
				if !errors.Is(err, ErrPowerCut) || !errors.Is(err, journal.ErrBroken) {
					t.Fatalf("error %v", err)
				}
			}
			m = m.Reopen()
			rep, err := m.Verify(t.Context())
			if err != nil || rep.Records != c.stored || m.Boot() != 2 {
				t.Fatalf("report %+v, %v, boot %d; want %d records", rep, err, m.Boot(), c.stored)
			}
			if _, err := m.Append(draft("T1", "{}")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestCutIsAtomicWithState(t *testing.T) {
	for durable, want := range map[bool]string{true: "2", false: "1"} {
		m := newMemory()
		if err := m.SetState("n", []byte("1")); err != nil {
			t.Fatal(err)
		}
		m.CutAfter(1, durable)
		_, err := m.AppendWith(map[string][]byte{"n": []byte("2")}, draft("T1", "{}"))
		m = m.Reopen()
		v, _ := m.State("n")
		if !errors.Is(err, ErrPowerCut) || string(v) != want || (m.Head().Seq == 1) != durable {
			t.Fatalf("durable %v: %v, state %q, head %d", durable, err, v, m.Head().Seq)
		}
	}
}

func TestFull(t *testing.T) {
	m := newMemory()
	m.Full(true)
	if _, err := m.Append(draft("T1", "{}")); !errors.Is(err, journal.ErrFull) || !errors.Is(m.Ready(), journal.ErrFull) {
		t.Fatalf("error %v, ready %v", err, m.Ready())
	}
	m.Full(false)
	if rs, err := m.Append(draft("T1", "{}")); err != nil || rs[0].Seq != 1 {
		t.Fatalf("append gave %v, %v", rs, err)
	}
}

func TestCloneIsIndependent(t *testing.T) {
	m := newMemory()
	if _, err := m.Append(draft("A", "{}")); err != nil {
		t.Fatal(err)
	}
	n := m.Clone()
	for _, x := range []struct {
		m      *Memory
		serial string
	}{{m, "M"}, {n, "N"}} {
		if _, err := x.m.Append(draft(x.serial, "{}")); err != nil {
			t.Fatal(err)
		}
		if _, err := x.m.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	inM, _ := m.Txn("M")
	inN, _ := n.Txn("M")
	if len(inM) != 1 || len(inN) != 0 {
		t.Fatalf("M has %d records in the original and %d in the clone", len(inM), len(inN))
	}
}

// TestRandomLives checks Memory against a count of what was reported durable,
// over random appends, cuts, acknowledgements and trims.
func TestRandomLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		m.opts.Retention = time.Nanosecond
		now := m.opts.Clock().Add(time.Hour)
		stored := uint64(0)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				durable := rapid.Bool().Draw(t, "durable")
				m.CutAfter(1, durable)
				if _, err := m.Append(draft("T", "{}")); !errors.Is(err, ErrPowerCut) {
					t.Fatal(err)
				}
				if durable {
					stored++
				}
				m = m.Reopen()
			case 1:
				if err := m.Acknowledge(m.Head()); err != nil {
					t.Fatal(err)
				}
			case 2:
				if _, err := m.Trim(now); err != nil || m.First() != m.Acknowledged()+1 {
					t.Fatalf("%v, first %d, acknowledged %d", err, m.First(), m.Acknowledged())
				}
			default:
				if _, err := m.Append(draft("T", "{}")); err != nil {
					t.Fatal(err)
				}
				stored++
			}
		}
		if _, err := m.Verify(t.Context()); err != nil || m.Head().Seq != stored {
			t.Fatalf("%v, head %d, want %d", err, m.Head().Seq, stored)
		}
	})
}

func BenchmarkMemoryAppend(b *testing.B) {
	m := newMemory()
	d := record.Draft{Type: "note-stacked", Txn: "T1", Payload: make([]byte, 230)}
	for b.Loop() {
		if _, err := m.Append(d); err != nil {
			b.Fatal(err)
		}
	}
}
