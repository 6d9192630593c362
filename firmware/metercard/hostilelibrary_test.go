package metercard

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/uplink/wire"
)

// TestHostileOrders: an order that is not for this card and now is not carried out.
func TestHostileOrders(t *testing.T) {
	spoiled := func(spoil func(*library.Order)) func(*office) { return func(o *office) { o.spoilOrder = spoil } }
	for name, c := range map[string]struct {
		hostile func(*office)
		why     string
	}{
		"another transaction": {spoiled(func(o *library.Order) { o.Txn = "10000001000000000006" }), "script"},
		"another card":        {spoiled(func(o *library.Order) { o.Sold.Card = "0102030405060709" }), "script"},
		"another session":     {spoiled(func(o *library.Order) { o.Session = "00112233445566778899aabbccddeeff" }), "script"},
		"another amount":      {spoiled(func(o *library.Order) { o.Sold.Amount++ }), "script"},
		"the purchase after":  {spoiled(func(o *library.Order) { o.Sold.Count++ }), "script"},
		"another meter":       {spoiled(func(o *library.Order) { o.Meter = "000000000002" }), "script"},
		"expired":             {spoiled(func(o *library.Order) { o.Expires = noon.Add(-script.MaxSkew).UnixMilli() }), "clock"},
		"good for a day":      {spoiled(func(o *library.Order) { o.Expires += (24 * time.Hour).Milliseconds() }), "clock"},
		"another key": {func(o *office) {
			o.forge = func(s *wire.Signed) { s.Sig = ed25519.Sign(keyOf(2), s.Body) }
		}, "script"},
		"a changed body": {func(o *office) { o.forge = func(s *wire.Signed) { s.Body[20] ^= 1 } }, "script"},
		"no signature":   {func(o *office) { o.forge = func(s *wire.Signed) { s.Sig = nil } }, "script"},
		"nothing":        {func(o *office) { o.answer = func(int) *wire.Reply { return &wire.Reply{Body: []byte(`{}`)} } }, "script"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newLibraryRig(t, metercard.SLE4442)
			c.hostile(&r.office)
			r.buys()
			r.honest()
			if want := []string{"begun 1", "unwritten " + c.why, "gave up: " + c.why, "eject"}; !slices.Equal(r.did, want) || truth(t, r.mine) != r.facts() {
				t.Errorf("%q, want %q; the card has %+v", r.did, want, truth(t, r.mine))
			}
		})
	}
}

// TestStepsForALibrary: where a library works the card, steps are nothing.
func TestStepsForALibrary(t *testing.T) {
	r := newLibraryRig(t, metercard.CPU)
	r.office.answer = func(int) *wire.Reply {
		body := r.office.asked[len(r.office.asked)-1]

		return r.sign(body, nil, true)
	}
	r.buys()
	r.honest()
	if want := []string{"begun 1", "unwritten script", "gave up: script", "eject"}; !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
}

// lies are what a library does not do as it should, and what comes of it.
var lies = map[string]struct {
	lie func(r *rig, d *vendorsim.Device)
	did []string // of the leg
}{
	"it says done, and wrote nothing": {
		func(_ *rig, d *vendorsim.Device) {
			d.Library.KeysAway = true
			d.Tell = func(_ string, code *int32, _ []string) { *code = 0 }
		},
		[]string{
			"begun 1", "unwritten card-refused", "begun 2", "unwritten card-refused", "begun 3", "unwritten card-refused", "gave up: card-refused", "eject",
		},
	},
	"it says that the card refused, and wrote it": {
		func(_ *rig, d *vendorsim.Device) {
			d.Tell = func(f string, code *int32, _ []string) {
				if f == "EP_WritePurse" {
					*code = 1022
				}
			}
		},
		[]string{"begun 1", "written", "eject"},
	},
	"it returns a code that nobody listed, and wrote it": {
		func(_ *rig, d *vendorsim.Device) {
			d.Tell = func(f string, code *int32, _ []string) {
				if f == "EP_WritePurse" {
					*code = -559038737
				}
			}
		},
		[]string{"begun 1", "written", "eject"},
	},
	"it writes another amount": {
		func(r *rig, d *vendorsim.Device) {
			r.free = true
			d.Told = purseIs("0000271100000005")
		},
		[]string{"begun 1", "unsure count-differs", "gave up: count-differs", "eject"},
	},
	"its keys are away": {
		func(_ *rig, d *vendorsim.Device) { d.Library.KeysAway = true },
		[]string{"begun 1", "unwritten keys-away", "begun 2", "unwritten keys-away", "gave up: keys-away", "eject"},
	},
	"it reads another card before it writes": {
		func(r *rig, d *vendorsim.Device) {
			d.Tell = func(f string, _ *int32, tells []string) {
				if f == "EP_ReadCardNum" && r.txn().Write.State == metercard.Writing && len(r.office.asked) == 1 {
					tells[0] = "0102030405060799"
				}
			}
		},
		[]string{"begun 1", "unsure other-card", "eject", "unwritten other-card", "begun 2", "written", "eject"},
	},
}

// purseIs has a library told of another purse.
func purseIs(hex string) func(string, []string) {
	return func(f string, args []string) {
		if f == "EP_WriteUserInfo" || f == "EP_WritePurse" {
			args[len(args)-1] = hex
		}
	}
}

// TestLyingLibrary: whatever a library says of a write, what is read back ends it.
func TestLyingLibrary(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(lies)) {
		t.Run(name, func(t *testing.T) {
			r := newLibraryRig(t, metercard.CPU)
			r.wants = true
			r.until(Ready)
			r.pays()
			lies[name].lie(r, r.maker)
			r.sells()
			r.ends()
			if !r.free {
				r.honest()
			}
			if !slices.Equal(r.did, lies[name].did) {
				t.Errorf("%q, want %q; %q", r.did, lies[name].did, r.faces)
			}
		})
	}
}

// TestUnreadableLibrary: a library that tells what no card says, or something else each
// time, has its card given back with a word.
func TestUnreadableLibrary(t *testing.T) {
	n := 0
	for name, tell := range map[string]func(tells []string){
		"something else each time": func(tells []string) { n++; tells[5] = fmt.Sprint(n) },
		"no form":                  func(tells []string) { tells[1] = "" },
		"a form of its own":        func(tells []string) { tells[1] = "punched" },
		"a count of letters":       func(tells []string) { tells[5] = "many" },
		"a count below 0":          func(tells []string) { tells[5] = "-4" },
		"a serial that is a path":  func(tells []string) { tells[0] = "../../etc/passwd" },
		"bytes that are no text":   func(tells []string) { tells[3] = "\xff\xfe" },
	} {
		t.Run(name, func(t *testing.T) {
			r := newLibraryRig(t, metercard.SLE4442)
			r.maker.Tell = func(f string, _ *int32, tells []string) {
				if f == "EP_ReadCard" && tells[0] != "" {
					tell(tells)
				}
			}
			r.wants = true
			r.until(TakeCard)
			if f := r.d.Face(); f.Why != "unreadable" || f.Known {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestReaderWithoutAMotor: it says that it cannot give the card back, and the customer
// pulls it.
func TestReaderWithoutAMotor(t *testing.T) {
	r := newLibraryRigOf(t, metercard.SLE4442, "[op.eject]\nfunction = \"EP_Eject\"", "")
	r.byHand = true
	r.buys()
	r.honest()
	if r.txn().Status() != payments.Posted || slices.Contains(r.faces, "card-stuck") || !slices.Contains(r.faces, "take-card") {
		t.Errorf("%s, %q", r.txn().Status(), r.faces)
	}
}
