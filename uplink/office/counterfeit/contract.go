package counterfeit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/payments/money"
)

// Terms are what the contract with the maker of a validator says of counterfeit notes. The
// zero value is no contract: the owner of the fleet bears the loss, and nobody comes.
type Terms struct {
	Maker       string       `json:"maker"`
	Contact     string       `json:"contact"`
	InformHours int64        `json:"inform_hours"` // within which head office tells the maker
	ComeDays    int64        `json:"come_days"`    // within which the maker's person is there, once told
	AnswerDays  int64        `json:"answer_days"`  // within which it is decided, once the person was there
	PayDays     int64        `json:"pay_days"`     // within which the maker pays what it bears, once claimed; 0 is not agreed
	WorkingDays bool         `json:"working_days"` // days are working days
	Holidays    []string     `json:"holidays"`     // YYYY-MM-DD, of working days
	Bears       Bears        `json:"bears"`        // who bears the loss
	UpTo        money.Amount `json:"up_to"`        // that the maker bears of one case at most; 0 is all of it
	Escalate    []Escalation `json:"escalate"`     // by AfterDays
}

// Escalation gives a case to somebody once its next step is late by some days.
type Escalation struct {
	AfterDays int64  `json:"after_days"`
	Who       string `json:"who"` // a user of head office
}

// Fitted is which maker's validator some kiosks have.
type Fitted struct {
	Maker    string   `json:"maker"`
	Device   string   `json:"device"`
	Firmware string   `json:"firmware"` // empty is not known
	Kiosks   []string `json:"kiosks"`   // none: all that no other entry names
}

// Contracts are those of a fleet.
type Contracts struct {
	First    string   `json:"first"` // user who has a case that is found, empty for who opens it
	Makers   []Terms  `json:"makers"`
	Fittings []Fitted `json:"fittings"`
}

// ErrContracts says that contracts cannot be read.
var ErrContracts = errors.New("contracts")

// maxContracts bounds the file.
const maxContracts = 256 << 10

// ReadContracts reads contracts from JSON. Unknown fields, unknown makers and malformed
// dates are an error.
func ReadContracts(b []byte) (Contracts, error) {
	var c Contracts
	if err := strictjson.Decode(b, maxContracts, &c); err != nil {
		return c, fmt.Errorf("%w: %w", ErrContracts, err)
	}
	names := map[string]bool{}
	for _, t := range c.Makers {
		if t.Maker == "" || names[t.Maker] {
			return c, fmt.Errorf("%w: maker %.40q: each has a name of its own", ErrContracts, t.Maker)
		}
		names[t.Maker] = true
		if err := t.check(); err != nil {
			return c, fmt.Errorf("%w: maker %.40q: %w", ErrContracts, t.Maker, err)
		}
	}
	for _, f := range c.Fittings {
		if !names[f.Maker] {
			return c, fmt.Errorf("%w: fitting of %.40q, who has no contract", ErrContracts, f.Maker)
		}
	}

	return c, nil
}

func (t Terms) check() error {
	for _, n := range []int64{t.InformHours, t.ComeDays, t.AnswerDays} {
		if n < 1 || n > 1000 {
			return errors.New("inform_hours, come_days and answer_days are 1 to 1000")
		}
	}
	if t.PayDays < 0 || t.PayDays > 1000 {
		return errors.New("pay_days is 1 to 1000, or 0 where it is not agreed")
	}
	if t.Bears != ByMaker && t.Bears != ByOwner || t.UpTo < 0 || t.UpTo > money.Max {
		return errors.New("bears is maker or owner, and up_to fen")
	}
	for _, day := range t.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return fmt.Errorf("holiday %.20q is no YYYY-MM-DD", day)
		}
	}
	last := int64(-1)
	for _, e := range t.Escalate {
		if e.AfterDays <= last || e.AfterDays > 1000 || e.Who == "" {
			return errors.New("escalate goes up by after_days, each to somebody")
		}
		last = e.AfterDays
	}

	return nil
}

// Of is the contract and the validator of a kiosk; zero for none.
func (c Contracts) Of(kiosk string) (Terms, Fitted) {
	named := func(f Fitted) bool { return slices.Contains(f.Kiosks, kiosk) }
	i := slices.IndexFunc(c.Fittings, named)
	if i < 0 {
		i = slices.IndexFunc(c.Fittings, func(f Fitted) bool { return len(f.Kiosks) == 0 })
	}
	if i < 0 {
		return Terms{}, Fitted{}
	}
	f := c.Fittings[i]
	m := slices.IndexFunc(c.Makers, func(t Terms) bool { return t.Maker == f.Maker })
	if m < 0 {
		return Terms{}, f
	}

	return c.Makers[m], f
}

// after is the end of the n-th day after the one of an instant, in a zone; of working days
// where the contract counts these.
func (t Terms) after(at time.Time, n int64, zone *time.Location) time.Time {
	day := at.In(zone)
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		off := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || slices.Contains(t.Holidays, day.Format(time.DateOnly))
		if !t.WorkingDays || !off {
			n--
		}
	}

	return time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, zone)
}

// due is until when the next step of a case is to be done; zero for none.
func (c Case) due(zone *time.Location) time.Time {
	switch {
	case c.Stage == StageTakenBack:
		return time.Time{}
	case c.Claim.State == Claimed && c.Terms.PayDays > 0:
		return c.Terms.after(time.UnixMilli(c.Claim.At), c.Terms.PayDays, zone)
	case c.Terms.Maker == "" || !c.Open():
		return time.Time{}
	case c.Stage == StageFound:
		return time.UnixMilli(c.FoundAt).Add(time.Duration(c.Terms.InformHours) * time.Hour)
	case c.Stage == StageTold:
		return c.Terms.after(time.UnixMilli(c.ToldAt), c.Terms.ComeDays, zone)
	}
	last := c.Visits[len(c.Visits)-1]

	return c.Terms.after(time.UnixMilli(last.At), c.Terms.AnswerDays, zone)
}

// planned is the case with its deadline and its next escalation.
func (c Case) planned(zone *time.Location) Case {
	due := c.due(zone)
	c.DueAt, c.NextAt = 0, 0
	if due.IsZero() {
		return c
	}
	c.DueAt = due.UnixMilli()
	if c.Level < len(c.Terms.Escalate) {
		c.NextAt = due.Add(time.Duration(c.Terms.Escalate[c.Level].AfterDays) * 24 * time.Hour).UnixMilli()
	}

	return c
}
