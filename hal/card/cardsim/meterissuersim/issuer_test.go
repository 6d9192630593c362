package meterissuersim_test

import (
	"encoding/json"
	"errors"
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

// TestCardsAreAsTheirFactsSay, also after they lay in a drawer.
func TestCardsAreAsTheirFactsSay(t *testing.T) {
	for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
		opening := before(form)
		opening.Kind, opening.Count, opening.Loaded, opening.Left = metercard.OpenAccount, 1, 0, 0
		lent := before(form)
		lent.Left = -250
		for _, want := range []metercard.Facts{before(form), opening, lent} {
			c, err := meterissuersim.New("meter-1", want)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			var stored cardsim.Card
			if err := json.Unmarshal(b, &stored); err != nil {
				t.Fatal(err)
			}
			for _, c := range []*cardsim.Card{c, &stored} {
				if got, ok := read(bare{c}); !ok || got != want {
					t.Errorf("read %t\n got %+v\nwant %+v", ok, got, want)
				}
			}
		}
	}
}

func TestBlankAndOtherCards(t *testing.T) {
	for _, c := range []struct {
		form   metercard.Form
		kind   metercard.Kind
		serial string
	}{
		{metercard.CPU, metercard.Blank, "0102030405060708"},
		{metercard.SLE4442, metercard.Blank, "A2131091FFFFFFFF"},
		{metercard.SLE4442, metercard.Other, "0102030405060708"},
		{metercard.AT88SC102, metercard.Blank, "0F0FFFFFFFFFFFFF"},
		{metercard.AT88SC102, metercard.Other, "0102030405060708"},
	} {
		made, err := meterissuersim.New("x", metercard.Facts{Serial: "0102030405060708", Form: c.form, Kind: c.kind})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := read(bare{made}); !ok || got != (metercard.Facts{Serial: c.serial, Form: c.form, Kind: c.kind}) {
			t.Errorf("%+v, %t", got, ok)
		}
	}
	for _, wrong := range []metercard.Facts{
		{Form: metercard.CPU, Serial: "01"},
		{Form: "other", Serial: "0102030405060708"},
		{Form: metercard.SLE4442, Serial: "0102030405060708", Kind: metercard.Purchase, Meter: "x"},
		{Form: metercard.CPU, Serial: "0102030405060708", Kind: metercard.Purchase, Purse: 1 << 32},
	} {
		if c, err := meterissuersim.New("x", wrong); err == nil {
			t.Errorf("made %+v", c)
		}
	}
}

// TestIdentityIsProtected: the code does not help.
func TestIdentityIsProtected(t *testing.T) {
	c, err := meterissuersim.New("meter-1", before(metercard.SLE4442))
	if err != nil {
		t.Fatal(err)
	}
	c.Memory.PowerOn()
	if ok, err := c.Memory.Verify([]byte{0x12, 0x34, 0x56}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for at := 8; at < 32; at++ {
		other := ^c.Memory.(*cardsim.SLE4442).Main[at]
		if err := c.Memory.Write(card.Main, at, []byte{other}); !errors.Is(err, cardsim.ErrRefused) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// TestRefusals: who gets no further round, and why.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		form metercard.Form
		as   func(*metercard.Facts) // issued so
		then func(*cardsim.Card)    // and changed
		why  mis.Reason
	}{
		"another processor card":    {metercard.CPU, func(f *metercard.Facts) { f.Serial = "0102030405060709" }, nil, mis.OtherCard},
		"another memory card":       {metercard.SLE4442, func(f *metercard.Facts) { f.Serial = "0102030405060709" }, nil, mis.OtherCard},
		"another card with zones":   {metercard.AT88SC102, func(f *metercard.Facts) { f.Serial = "0102030405060709" }, nil, mis.OtherCard},
		"a count that differs":      {metercard.CPU, func(f *metercard.Facts) { f.Count = 3 }, nil, mis.CountDiffers},
		"a memory card's count":     {metercard.AT88SC102, func(f *metercard.Facts) { f.Count = 6 }, nil, mis.CountDiffers},
		"it has the purchase":       {metercard.CPU, func(f *metercard.Facts) { f.Count = 5 }, nil, mis.Written},
		"a memory card has it":      {metercard.SLE4442, func(f *metercard.Facts) { f.Count = 5 }, nil, mis.Written},
		"a copy without the key":    {metercard.CPU, nil, func(c *cardsim.Card) { c.Processor.(*cardsim.MeterCard).Key[0]++ }, mis.OtherCard},
		"a torn parameter file":     {metercard.CPU, nil, func(c *cardsim.Card) { c.Processor.(*cardsim.MeterCard).Files["DF01/EF01"][9]++ }, mis.OtherCard},
		"both purchases unreadable": {metercard.SLE4442, nil, func(c *cardsim.Card) { c.Memory.(*cardsim.SLE4442).Main[70]++ }, mis.OtherCard},
	} {
		t.Run(name, func(t *testing.T) {
			facts := before(c.form)
			if c.as != nil {
				c.as(&facts)
			}
			made, err := meterissuersim.New("meter-1", facts)
			if err != nil {
				t.Fatal(err)
			}
			if c.then != nil {
				c.then(made)
			}
			// The kiosk says that all is well: the card itself must tell.
			touched, why := visit(made, meterissuersim.NewIssuer(meterissuersim.TestKeys()), before(c.form))
			if why != string(c.why) || touched {
				t.Errorf("ended %q, touched %t; want %q", why, touched, c.why)
			}
		})
	}
}

// visit runs the rounds of the sale, whatever card is said to be there.
func visit(c *cardsim.Card, issuer *meterissuersim.Issuer, said metercard.Facts) (touched bool, why string) {
	bare{c}.on()
	defer c.PowerOff()
	run := script.NewRun(script.Purchase(said.Form))
	for round := 0; !run.Last(); round++ {
		r := issuer.Steps(cardsystem.StepsOrder{Serial: sale, Card: said, Round: round, Saved: run.Saved()}, sold)
		if r.Outcome != mis.Done {
			return run.Touched(), string(r.Reason)
		}
		if err := run.Take(r.Steps, r.Last); err != nil {
			return run.Touched(), err.Error()
		}
		drive(bare{c}, run)
		if fault, failed := run.Fault(); failed {
			return run.Touched(), fault.Why
		}
	}

	return run.Touched(), ""
}

// TestRoundsOutOfTurn are refused, and end what was under way.
func TestRoundsOutOfTurn(t *testing.T) {
	issuer := meterissuersim.NewIssuer(meterissuersim.TestKeys())
	order := cardsystem.StepsOrder{Serial: sale, Card: before(metercard.CPU)}
	steps := func(round int) mis.Outcome {
		order.Round = round

		return issuer.Steps(order, sold).Outcome
	}
	if steps(1) != mis.NotDone || steps(0) != mis.Done || steps(2) != mis.NotDone || steps(0) != mis.Done || steps(0) != mis.Done {
		t.Error("rounds out of turn are answered, or round 0 does not begin again")
	}
	other := order
	other.Card.Serial = "0102030405060709"
	if r := issuer.Steps(other, sold); r.Outcome != mis.NotDone || r.Reason != mis.OtherCard {
		t.Errorf("another card: %+v", r)
	}
}

// TestAnswersThatCannotBe end the rounds, whatever is missing.
func TestAnswersThatCannotBe(t *testing.T) {
	for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
		c, err := meterissuersim.New("meter-1", before(form))
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for round := 1; ; round++ {
			right := savedFor(t, c, round)
			if right == nil {
				break
			}
			for name, b := range right {
				for _, wrong := range []script.Bytes{nil, b[:len(b)-1], append(b[:len(b):len(b)], 0)} {
					issuer := meterissuersim.NewIssuer(meterissuersim.TestKeys())
					for before := range round {
						issuer.Steps(cardsystem.StepsOrder{Serial: sale, Card: factsOf(c), Round: before, Saved: savedFor(t, c, before)}, sold)
					}
					saved := savedFor(t, c, round)
					saved[name] = wrong
					r := issuer.Steps(cardsystem.StepsOrder{Serial: sale, Card: factsOf(c), Round: round, Saved: saved}, sold)
					if r.Outcome != mis.NotDone || r.Reason == "" || len(r.Steps) > 0 {
						t.Errorf("%s, round %d, %s of %d bytes: %+v", form, round, name, len(wrong), r)
					}
					tried++
				}
			}
		}
		if tried < 6 {
			t.Errorf("%s: only %d tries", form, tried)
		}
	}
}

func factsOf(c *cardsim.Card) metercard.Facts { return before(formOf(c)) }

// savedFor is what a card answers up to a round with a fresh issuer, which draws as every
// fresh one does; nil where there is no such round.
func savedFor(t *testing.T, c *cardsim.Card, round int) map[string]script.Bytes {
	t.Helper()
	copied, err := meterissuersim.New("meter-1", before(formOf(c)))
	if err != nil {
		t.Fatal(err)
	}
	bare{copied}.on()
	defer copied.PowerOff()
	issuer := meterissuersim.NewIssuer(meterissuersim.TestKeys())
	run := script.NewRun(script.Purchase(formOf(c)))
	for n := range round {
		if run.Last() {
			return nil
		}
		r := issuer.Steps(cardsystem.StepsOrder{Serial: sale, Card: factsOf(c), Round: n, Saved: run.Saved()}, sold)
		if err := run.Take(r.Steps, r.Last); err != nil {
			t.Fatal(err)
		}
		drive(bare{copied}, run)
	}
	if run.Last() {
		return nil
	}

	return run.Saved()
}

// TestFreshRandom: no two stays of a card are asked the same.
func TestFreshRandom(t *testing.T) {
	issuer := meterissuersim.NewIssuer(meterissuersim.TestKeys())
	seen := map[string]bool{}
	for range 300 { // more than may be under way at once
		r := issuer.Steps(cardsystem.StepsOrder{Serial: sale, Card: before(metercard.CPU)}, sold)
		seen[string(r.Steps[5].Data)] = true
	}
	if len(seen) != 300 {
		t.Errorf("%d of 300 are different", len(seen))
	}
}
