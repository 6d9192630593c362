package counterfeit

import (
	"cmp"
	"context"
	"slices"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/stored"
)

// Figure is what is known of one maker's validators of one type and firmware. Empty names are
// not known.
type Figure struct {
	Maker    string       `json:"maker"`
	Device   string       `json:"device"`
	Firmware string       `json:"firmware"`
	Cases    int64        `json:"cases"`
	Open     int64        `json:"open"`
	Late     int64        `json:"late"` // open, and the next step is late
	Notes    int64        `json:"notes"`
	Amount   money.Amount `json:"amount"`
	ByMaker  money.Amount `json:"by_maker"` // of what was decided
	Paid     money.Amount `json:"paid"`     // of that, by the maker
	Dropped  money.Amount `json:"dropped"`  // of that, written off
	ByOwner  money.Amount `json:"by_owner"`
	Back     int64        `json:"taken_back"` // cases that were a mistake, which nothing else here counts
}

// Figures are counted over the newest cases, at most stored.MaxList; by maker, type and
// firmware.
func (d *Desk) Figures(ctx context.Context, now int64) ([]Figure, error) {
	cases, err := d.Cases(ctx, Filter{Limit: stored.MaxList})
	if err != nil {
		return nil, err
	}

	return figures(cases, now), nil
}

func figures(cases []Case, now int64) []Figure {
	var out []Figure
	for _, c := range cases {
		i := slices.IndexFunc(out, func(f Figure) bool {
			return f.Maker == c.Terms.Maker && f.Device == c.Device && f.Firmware == c.Firmware
		})
		if i < 0 {
			i = len(out)
			out = append(out, Figure{Maker: c.Terms.Maker, Device: c.Device, Firmware: c.Firmware})
		}
		f := &out[i]
		if c.Stage == StageTakenBack {
			f.Back++

			continue
		}
		f.Cases++
		f.Notes += int64(len(c.Notes))
		f.Amount += c.Amount()
		f.ByMaker += c.Decision.Maker
		f.ByOwner += c.Decision.Owner
		switch c.Claim.State {
		case Paid:
			f.Paid += c.Claim.Amount
		case Dropped:
			f.Dropped += c.Claim.Amount
		}
		if c.Open() {
			f.Open++
		}
		if c.Open() && c.DueAt != 0 && c.DueAt < now {
			f.Late++
		}
	}
	slices.SortFunc(out, func(a, b Figure) int {
		return cmp.Or(cmp.Compare(a.Maker, b.Maker), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Firmware, b.Firmware))
	})

	return out
}
