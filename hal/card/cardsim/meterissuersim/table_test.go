package meterissuersim_test

import (
	"fmt"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/cardsim/metersim"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/mis"
)

// meter is the one that the card belongs to.
func meter() *metersim.Meter {
	return &metersim.Meter{Number: "000000123456", Customer: "001000000003", Opened: true, Card: "0102030405060708", Count: 4, Left: 12000, Limit: 100000}
}

// chip is what can be cut.
type chip interface {
	CutAfter(n int)
	SetTear(t cardsim.Tear, seed uint64)
	Steps() int
}

func chipOf(c *cardsim.Card) chip {
	if c.Processor != nil {
		return c.Processor.(*cardsim.MeterCard)
	}

	return c.Memory
}

// kinds are the cards of the table.
func kinds() map[string]func(*testing.T) *cardsim.Card {
	issued := func(form metercard.Form, with func(*cardsim.MeterCard)) func(*testing.T) *cardsim.Card {
		return func(t *testing.T) *cardsim.Card {
			t.Helper()
			c, err := meterissuersim.New("meter-1", before(form))
			if err != nil {
				t.Fatal(err)
			}
			if with != nil {
				with(c.Processor.(*cardsim.MeterCard))
			}

			return c
		}
	}
	t1 := func(m *cardsim.MeterCard) { m.ATR, m.T1 = cardsim.Hex{0x3B, 0x80, 0x01, 0x81}, true }

	return map[string]func(*testing.T) *cardsim.Card{
		"processor, T=0":         issued(metercard.CPU, nil),
		"processor, T=0, strict": issued(metercard.CPU, func(m *cardsim.MeterCard) { m.StrictChallenge = true }),
		"processor, T=1":         issued(metercard.CPU, t1),
		"processor, T=1, strict": issued(metercard.CPU, func(m *cardsim.MeterCard) { t1(m); m.StrictChallenge = true }),
		"SLE4442":                issued(metercard.SLE4442, nil),
		"AT88SC102":              issued(metercard.AT88SC102, nil),
	}
}

// encryptor makes rounds.
type encryptor func(cardsystem.StepsOrder, metercard.Sold) cardsystem.StepsResult

// write is one stay of a card in a kiosk: read, the rounds, power off. It says whether the
// purse may have been written, and why it ended early.
func write(in reader, encrypt encryptor) (purse bool, why string) {
	f, ok := read(in)
	if !ok {
		return false, "cannot be read"
	}

	defer in.off()
	in.on()
	run := script.NewRun(script.Purchase(f.Form))
	for round := 0; !run.Last(); round++ {
		r := encrypt(cardsystem.StepsOrder{Serial: sale, Card: f, Round: round, Saved: run.Saved()}, sold)
		if r.Outcome != mis.Done {
			return run.PurseSent(), string(r.Reason)
		}
		s := script.Script{
			V: script.Version, Txn: sale, Card: f.Serial, Session: session, Round: round,
			Expires: now.Add(30 * time.Second).UnixMilli(), Steps: r.Steps, Last: r.Last,
		}
		if err := run.Open(script.Bound{Txn: sale, Card: f.Serial, Session: session, Round: round, Now: now}, s); err != nil {
			return run.PurseSent(), err.Error()
		}
		drive(in, run)
		if fault, failed := run.Fault(); failed {
			return run.PurseSent(), fault.Why
		}
	}

	return run.PurseSent(), ""
}

// row is one way through: cut after that many steps of the chip; below 0 it is not cut.
type row struct {
	cut   int
	tear  cardsim.Tear
	meter bool // the customer tries the meter before coming back
}

// play goes a whole way with a card: a write that is cut, read back, a second visit with
// the same sale where it is not on the card, the meter twice. What is wrong comes back.
func play(in reader, encrypt encryptor, at row) (wrong []string) {
	c := in.holds()
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	m := meter()
	leg, err := metercard.Leg{}.Order(sold)
	if err != nil {
		return []string{err.Error()}
	}

	for visit := 1; visit <= 2; visit++ {
		if visit == 1 {
			chipOf(c).SetTear(at.tear, 1)
			chipOf(c).CutAfter(at.cut)
		}
		leg, _, err = leg.Apply(metercard.WriteBegun{N: visit, Card: sold.Card, Count: sold.Count, Amount: sold.Amount})
		if err != nil {
			say("begin: %v", err)
		}
		purse, why := write(in, encrypt)
		f, ok := read(in)
		chipOf(c).CutAfter(-1)
		if !ok { // pulled while it was read back: it is asked for again
			f, ok = read(in)
		}
		if !ok {
			say("visit %d: cannot be read any more", visit)

			return wrong
		}

		ended := metercard.WriteEnded{N: visit, Outcome: metercard.Unwritten, Why: why, Count: f.Count, Purse: f.Purse}
		if f.Count == sold.Count && f.Purse == sold.Amount {
			ended.Outcome = metercard.Written
		} else if f.Count != 4 || f.Purse != 5000 {
			say("visit %d: the card has purchase %d, %s", visit, f.Count, f.Purse)
		}
		if leg, _, err = leg.Apply(ended); err != nil {
			say("visit %d: %v", visit, err)
		}
		if ended.Outcome == metercard.Written {
			if !purse {
				say("visit %d: on the card, and the purse was not sent", visit)
			}
			if why != "" && (visit == 2 || at.cut < 0) {
				say("visit %d: written, and ended by %s", visit, why)
			}

			break
		}
		if visit == 2 || at.cut < 0 {
			say("visit %d: not written: %s", visit, why)
		}
		if at.meter {
			if r := m.Insert(c, meterissuersim.TestKeys(), now); r.Loaded != 0 {
				say("the meter loads %s from a card that is not written", r.Loaded)
			}
		}
	}

	if _, why := write(in, encrypt); why != string(mis.Written) {
		say("written again: %s", why)
	}
	if r := m.Insert(c, meterissuersim.TestKeys(), now); r.Error != 0 || r.Loaded != 10000 || !r.Returned || r.Left != 22000 {
		say("the meter: %s %s, loaded %s, left %s", r.Error, r.Error.English(), r.Loaded, r.Left)
	}
	if r := m.Insert(c, meterissuersim.TestKeys(), now); r.Error != metersim.WrongCount || r.Loaded != 0 {
		say("the meter again: %s, loaded %s", r.Error, r.Loaded)
	}
	if len(m.Loads) != 1 || m.Count != 5 || m.Left != 22000 {
		say("the meter loaded %+v, left %s", m.Loads, m.Left)
	}
	want := before(formOf(c))
	want.Count, want.Purse, want.Loaded, want.Left = 5, 10000, 5, 22000
	if f, _ := read(in); f != want {
		say("at the end the card is %+v", f)
	}

	return wrong
}

// table plays all rows of a kind of card, each with a new card and a new issuer.
func table(t *testing.T, fresh func(*testing.T) *cardsim.Card, issuer func() encryptor) (rows int, wrong []string) {
	t.Helper()

	return tableIn(func() reader { return bare{fresh(t)} }, issuer)
}

// tableIn does the same with a new reader for each row.
func tableIn(fresh func() reader, issuer func() encryptor) (rows int, wrong []string) {
	probe := fresh()
	write(probe, issuer())
	read(probe)
	steps := chipOf(probe.holds()).Steps()

	all := []row{{cut: -1}}
	for n := range steps {
		for _, tear := range []cardsim.Tear{cardsim.TearOld, cardsim.TearNew} {
			all = append(all, row{n, tear, false}, row{n, tear, true})
		}
	}
	for _, r := range all {
		for _, w := range play(fresh(), issuer(), r) {
			wrong = append(wrong, fmt.Sprintf("cut after %d of %d, tear %d, meter between %t: %s", r.cut, steps, r.tear, r.meter, w))
		}
	}

	return len(all), wrong
}

func right() encryptor { return meterissuersim.NewIssuer(meterissuersim.TestKeys()).Steps }

// TestCardsAndCuts: whatever is cut wherever, the card holds the purchase before or the
// one that was sold; a second visit finishes; the meter loads it once.
func TestCardsAndCuts(t *testing.T) {
	for name, fresh := range kinds() {
		t.Run(name, func(t *testing.T) {
			rows, wrong := table(t, fresh, right)
			for _, w := range wrong {
				t.Error(w)
			}
			if rows < 90 {
				t.Errorf("only %d rows", rows)
			}
		})
	}
}

// TestTheTableFindsMistakes plants some.
func TestTheTableFindsMistakes(t *testing.T) {
	purseFirst := func() encryptor { return meterissuersim.NewIssuer(meterissuersim.TestKeys()).PurseFirst(false).Steps }
	skips := func() encryptor { return meterissuersim.CountSkipped().Steps }
	skipsBlock := func() encryptor { // the same of a memory card
		issuer := right()

		return func(o cardsystem.StepsOrder, s metercard.Sold) cardsystem.StepsResult {
			r := issuer(o, s)
			if !r.Last {
				return r
			}
			l, _ := userfile.LayoutOf(o.Card.Form)
			bought := userfile.Bought{Kind: metercard.Purchase, Count: s.Count + 1, Amount: s.Amount}
			b, err := bought.Bytes([8]byte{1, 2, 3, 4, 5, 6, 7, 8})
			if err != nil {
				t.Fatal(err)
			}
			r.Steps[1].Address, r.Steps[1].Data = bought.Place(l), b[:8]
			r.Steps[2].Address, r.Steps[2].Data = bought.Place(l)+8, b[8:]

			return r
		}
	}
	again := func() encryptor { // a write that is repeated counts once more
		issuer, visits := right(), uint32(0)

		return func(o cardsystem.StepsOrder, s metercard.Sold) cardsystem.StepsResult {
			if o.Round == 0 {
				visits++
			}
			s.Count = max(s.Count, o.Card.Count+1)

			return issuer(o, s)
		}
	}
	for _, c := range []struct {
		mistake string
		issuer  func() encryptor
		cards   []string
	}{
		{"purse first", purseFirst, []string{"processor, T=0", "processor, T=1, strict"}},
		{"count skipped", skips, []string{"processor, T=0", "processor, T=0, strict"}},
		{"count skipped", skipsBlock, []string{"SLE4442", "AT88SC102"}},
		{"a repeat is another purchase", again, []string{"processor, T=0", "SLE4442", "AT88SC102"}},
	} {
		for _, name := range c.cards {
			if _, wrong := table(t, kinds()[name], c.issuer); len(wrong) == 0 {
				t.Errorf("%s is not found on %s", c.mistake, name)
			}
		}
	}
}

// TestMeterIsCut: a card that is pulled out of the meter at any step is loaded once, and
// says so in the end.
func TestMeterIsCut(t *testing.T) {
	for name, fresh := range kinds() {
		probe := fresh(t)
		write(bare{probe}, right())
		from := chipOf(probe).Steps()
		meter().Insert(probe, meterissuersim.TestKeys(), now)
		steps := chipOf(probe).Steps() - from
		for n := range steps {
			for _, tear := range []cardsim.Tear{cardsim.TearOld, cardsim.TearNew} {
				c, m := fresh(t), meter()
				write(bare{c}, right())
				chipOf(c).SetTear(tear, 1)
				chipOf(c).CutAfter(n)
				first := m.Insert(c, meterissuersim.TestKeys(), now)
				chipOf(c).CutAfter(-1)
				early := first.Error == metersim.Communication && first.Loaded == 0
				late := first.Error == metersim.RemovedEarly && first.Loaded == 10000
				if !early && !late || first.Returned || m.Illegal != 0 {
					t.Errorf("%s, cut after %d: %+v", name, n, first)
				}

				m.Insert(c, meterissuersim.TestKeys(), now)
				if r := m.Insert(c, meterissuersim.TestKeys(), now); r.Error != metersim.WrongCount || r.Loaded != 0 {
					t.Errorf("%s, cut after %d: the third time %+v", name, n, r)
				}
				if len(m.Loads) != 1 || m.Left != 22000 {
					t.Errorf("%s, cut after %d: %+v, left %s", name, n, m.Loads, m.Left)
				}
				if f, _ := read(bare{c}); f.Loaded != 5 || f.Left != 22000 || f.Count != 5 {
					t.Errorf("%s, cut after %d: the card is %+v", name, n, f)
				}
			}
		}
		if steps < 10 {
			t.Errorf("%s: only %d steps", name, steps)
		}
	}
}
