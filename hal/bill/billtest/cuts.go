package billtest

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

const (
	maxCuts  = 20_000                // bytes from insert to confirmed, at most
	cutStep  = 13 * time.Millisecond // between cuts by time
	journey  = 20 * time.Second      // insert to idle again, at most
	noteAway = 2 * time.Second       // power stays away
)

// cutKind is who loses power, and how slow the owner's journal is.
type cutKind struct {
	name  string
	host  bool
	delay time.Duration
}

// suiteCuts cuts the power after every byte, and at every cutStep, from the
// insertion of a note until it is confirmed, and checks each time that the notes
// credited are the notes in the cassette.
func suiteCuts(t *testing.T, name string, newRig func(t *testing.T) *Rig) {
	for _, k := range []cutKind{
		{"device", false, 0},
		{"device, slow journal", false, 150 * time.Millisecond},
		{"kiosk", true, 0},
		{"kiosk, slow journal", true, 150 * time.Millisecond},
	} {
		t.Run(name+"/power cut at each byte/"+k.name, func(t *testing.T) {
			for cut := 1; cut < maxCuts && cutAtByte(t, newRig(t), k, cut); cut++ {
				if t.Failed() {
					t.Fatalf("at byte %d", cut)
				}
			}
		})
		t.Run(name+"/power cut at each instant/"+k.name, func(t *testing.T) {
			for at := cutStep; cutAtInstant(t, newRig(t), k, at); at += cutStep {
				if t.Failed() {
					t.Fatalf("after %v", at)
				}
			}
		})
	}
}

// cutAtByte reports false when the journey ended before the cut.
func cutAtByte(t *testing.T, r *Rig, k cutKind, cut int) bool {
	o := depart(t, r, k)
	r.CutAfter = cut
	arrived(r, journey)
	happened := r.Cut
	r.CutAfter, r.Cut = 0, false
	if happened {
		recoverFrom(t, r, k, o)
	}
	return happened
}

func cutAtInstant(t *testing.T, r *Rig, k cutKind, at time.Duration) bool {
	o := depart(t, r, k)
	if arrived(r, at) || at > journey {
		return false
	}
	r.Device.PowerCut(r.Now)
	recoverFrom(t, r, k, o)
	return true
}

func depart(t *testing.T, r *Rig, k cutKind) *Owner {
	t.Helper()
	begin(t, r)
	o := NewOwner(r, k.delay)
	insert(t, r, note100, Genuine)
	return o
}

// arrived pumps until the device idles again after the note.
func arrived(r *Rig, within time.Duration) bool {
	idle := r.Count(bill.Idling)
	return r.RunUntil(within, func() bool { return r.Count(bill.Idling) > idle })
}

// recoverFrom brings the power back and checks the books.
func recoverFrom(t *testing.T, r *Rig, k cutKind, o *Owner) {
	t.Helper()
	if k.host {
		r.HostOff()
	}
	r.RunFor(noteAway)
	r.Device.PowerOn(r.Now)
	rest := bill.Idling // Enable still stands
	if k.host {
		r.HostOn()
		rest = bill.Disabled
	}
	before := r.Count(rest)
	if !r.RunUntil(patience, func() bool { return r.Count(rest) > before }) {
		t.Fatalf("no %v after the cut: %v", rest, r.Events)
	}
	r.RunFor(3 * time.Second)
	settled(t, r, o)
	if k.host {
		return
	}
	if n := r.Count(bill.Stacked) + r.Count(bill.PoweredUpInStacker); n != len(r.Device.Cassette()) {
		t.Errorf("%d reports, cassette %v: %v", n, r.Device.Cassette(), r.Events)
	}
}

// settled checks that the credits are the cassette, and that the one note
// inserted is in exactly one place.
func settled(t *testing.T, r *Rig, o *Owner) {
	t.Helper()
	cassette, returned := r.Device.Cassette(), r.Device.Returned()
	if !slices.Equal(o.Credits, cassette) {
		t.Errorf("credits %v, cassette %v: %v", o.Credits, cassette, r.Events)
	}
	if len(cassette)+len(returned) != 1 {
		t.Errorf("cassette %v and returned %v, want one note in one of them: %v", cassette, returned, r.Events)
	}
}
